with

    band(axis, code, label_sv, label_en, parent_code, seed_row) as (
        values {{ band_rows() }}
    ),

    listed as (
        select
            axis,
            code,
            label_sv,
            label_en,
            parent_code,
            valid_from,
            valid_to,
            row_number() over () as seed_row
        from {{ ref("codes") }}
        union all
        select
            axis,
            code,
            label_sv,
            label_en,
            null as parent_code,
            null as valid_from,
            null as valid_to,
            row_number() over () as seed_row
        from {{ ref("words") }}
        union all
        select
            axis,
            code,
            label_sv,
            label_en,
            parent_code,
            null as valid_from,
            null as valid_to,
            seed_row
        from band
    )

select
    axis,
    code,
    label_sv,
    label_en,
    parent_code,
    valid_from,
    valid_to,
    -- Lists are shown in the order they are written in.
    cast(row_number() over (partition by axis order by seed_row) as integer) as position
from listed
