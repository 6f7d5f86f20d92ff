with

    delivered as ({{ current_rows("kolada", "varden") }}),

    renamed as (
        select
            kpi as measure,
            municipality as area_name,
            year as year,
            {{ recoded("kolada", "varden", "gender") }} as sex,
            value as value
        from delivered
    )

select *
from renamed
