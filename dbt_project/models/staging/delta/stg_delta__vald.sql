with

    delivered as ({{ current_rows("delta", "vald") }}),

    renamed as (
        select
            _area_code as municipality_code,
            -- Assessments and occasions are numbered alike.
            _area_code || '-delta-screening-' || samtal_nr as screening_key,
            {{ identity("klient") }},
            datum as screening_date,
            fragad as is_asked,
            coalesce(utsatt, false) as is_exposed,
            coalesce(utovare, false) as is_perpetrator,
            coalesce(stod_utsatt_erbjudet, false) as is_exposed_offered_support,
            coalesce(stod_utsatt_paborjat, false) as has_exposed_started_support,
            coalesce(stod_utovare_erbjudet, false) as is_perpetrator_offered_support,
            coalesce(stod_utovare_paborjat, false) as has_perpetrator_started_support,
            coalesce(kompetens_missbruk, false) as has_substance_use_competence,
            coalesce(kompetens_aldrande, false) as has_ageing_competence,
            coalesce(kompetens_funktionsnedsattning, false) as has_disability_competence
        from delivered
    )

select *
from renamed
