with

    delivered as ({{ current_rows("beta", "arende") }}),

    renamed as (
        select
            _area_code as municipality_code,
            _area_code || '-beta-case-' || arende_nr as case_key,
            _area_code || '-beta-application-' || ansokan_nr as application_key,
            inkom as application_date,
            cast(null as date) as benefit_month,
            {{ identity("sokande") }},
            {{ recoded("beta", "arende", "sokande_kon") }} as system_sex,
            beslutad as decision_date,
            {{ recoded("beta", "arende", "utfall") }} as outcome,
            {{ recoded("beta", "arende", "orsak") }} as refusal_reason,
            {{ recoded("beta", "arende", "paragraf") }} as legal_ground,
            sokt_kr as applied_sek,
            beviljat_kr as granted_sek
        from delivered
    )

select *
from renamed
