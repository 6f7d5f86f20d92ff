with

    category as (
        select axis, code, label_sv, label_en, parent_code
        from {{ ref("dim_category") }}
    ),

    axis as (
        select axis
        from category
        group by axis
        having count(*) filter (where code = 'total') = 0
        union all
        select 'total' as axis
    )

select axis, code, label_sv, label_en, parent_code
from category
union all
select axis, 'total', 'Totalt', 'Total', null
from axis
