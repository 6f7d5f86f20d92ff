with

    delivered as ({{ current_rows("projektmedel", "ansokan") }}),

    renamed as (
        select
            _area_code as municipality_code,
            _area_code
            || '-projektmedel-fund_application-'
            || diarienr as fund_application_key,
            {{ recoded("projektmedel", "ansokan", "program") }} as fund_programme,
            beslutad as decision_date,
            sokt as applied_sek,
            beviljat as granted_sek,
            {{ recoded("projektmedel", "ansokan", "avslagsskal") }}
            as fund_refusal_reason,
            flickor as girl_count,
            pojkar as boy_count,
            kvinnor as woman_count,
            man as man_count
        from delivered
    )

select *
from renamed
