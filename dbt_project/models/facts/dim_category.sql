with

    numbered as (
        select *, row_number() over () as seed_row from {{ ref("categories") }}
    )

select
    axis,
    code,
    label_sv,
    label_en,
    parent_code,
    valid_from,
    valid_to,
    -- Lists are shown in the order of the seed.
    cast(row_number() over (partition by axis order by seed_row) as integer) as position
from numbered
