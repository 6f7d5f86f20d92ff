with

    delivered as ({{ current_rows("epsilon", "beslut") }}),

    renamed as (
        select
            _area_code as municipality_code,
            _area_code || '-epsilon-decision-' || beslut_id as decision_key,
            beslutsdatum as decision_date,
            {{ identity("personnummer") }},
            {{ recoded("epsilon", "beslut", "kon") }} as system_sex,
            {{ recoded("epsilon", "beslut", "krets") }} as personkrets,
            {{ recoded("epsilon", "beslut", "insats") }} as service,
            bedomt_behov as assessed_hours_week,
            beviljat as granted_hours_week,
            {{ recoded("epsilon", "beslut", "lagrum") }} as legal_ground,
            {{ recoded("epsilon", "beslut", "utfall") }} as outcome,
            {{ recoded("epsilon", "beslut", "utforare") }} as provider
        from delivered
    )

select *
from renamed
