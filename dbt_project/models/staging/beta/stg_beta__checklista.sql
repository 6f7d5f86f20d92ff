with

    delivered as ({{ current_rows("beta", "checklista") }}),

    renamed as (
        select
            _area_code || '-beta-application-' || ansokan_nr as application_key,
            {{ recoded("beta", "checklista", "fraga") }} as checklist_item,
            besvarad as is_answered
        from delivered
    )

select *
from renamed
