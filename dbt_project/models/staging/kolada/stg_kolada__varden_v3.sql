with

    delivered as ({{ current_rows("kolada", "varden_v3") }}),

    renamed as (
        select
            kpi as measure,
            municipality as area_code,
            period as year,
            {{ recoded("kolada", "varden_v3", "gender") }} as sex,
            value as value
        from delivered
        where not coalesce(isdeleted, false)
    )

select *
from renamed
