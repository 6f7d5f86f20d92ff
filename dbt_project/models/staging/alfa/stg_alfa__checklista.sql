with

    delivered as ({{ current_rows("alfa", "checklista") }}),

    renamed as (
        select
            _area_code || '-alfa-application-' || ansokan_id as application_key,
            {{ recoded("alfa", "checklista", "fraga") }} as checklist_item,
            besvarad as is_answered
        from delivered
    )

select *
from renamed
