with

    delivered as ({{ current_rows("alfa", "beslut") }}),

    renamed as (
        select
            _area_code || '-alfa-application-' || ansokan_id as application_key,
            _area_code || '-alfa-decision-' || beslut_id as decision_key,
            beslutsdatum as decision_date,
            {{ recoded("alfa", "beslut", "utfall") }} as outcome,
            {{ recoded("alfa", "beslut", "avslagsorsak") }} as refusal_reason,
            {{ recoded("alfa", "beslut", "lagrum") }} as legal_ground,
            beviljat_belopp as granted_sek
        from delivered
    )

select *
from renamed
