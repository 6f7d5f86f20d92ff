with

    delivered as ({{ current_rows("forbattring", "forbattringsarbete") }}),

    renamed as (
        select
            _area_code as municipality_code,
            lopnr as improvement_id,
            benamning as title,
            stadsdel as district_name,
            {{ recoded("forbattring", "forbattringsarbete", "steg") }} as effect_step,
            {{ recoded("forbattring", "forbattringsarbete", "slag") }}
            as improvement_type,
            {{ recoded("forbattring", "forbattringsarbete", "arbetsplats") }}
            as service_area,
            {{ recoded("forbattring", "forbattringsarbete", "metod") }}
            as improvement_method,
            fragestallning as has_question,
            lardomar as has_lessons,
            handlingsplan as has_action_plan,
            start as start_date,
            slut as end_date,
            {{ recoded("forbattring", "forbattringsarbete", "ansvarig") }}
            as owner_role,
            styrdokument as steering_document,
            diarienummer as diary_number,
            {{ recoded("forbattring", "forbattringsarbete", "malgrupp") }}
            as target_group,
            indikator as indicator_id,
            skillnad as has_citizen_difference,
            omstrukturering as is_resources_moved,
            larande_exempel as is_example
        from delivered
    )

select *
from renamed
