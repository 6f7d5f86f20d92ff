with

    delivered as (
        {{
            union_staging(
                [ref("stg_delta__vald")],
                [
                    "municipality_code",
                    "screening_key",
                    "person_key",
                    "screening_date",
                    "is_asked",
                    "is_exposed",
                    "is_perpetrator",
                    "is_exposed_offered_support",
                    "has_exposed_started_support",
                    "is_perpetrator_offered_support",
                    "has_perpetrator_started_support",
                    "has_substance_use_competence",
                    "has_ageing_competence",
                    "has_disability_competence",
                ],
            )
        }}
    )

select
    municipality_code,
    screening_key,
    -- A row without any number is a person of their own.
    coalesce(person_key, md5(screening_key)) as person_key,
    screening_date,
    {{ period_start("screening_date", "year") }} as year_start,
    is_asked,
    is_exposed,
    is_perpetrator,
    is_exposed_offered_support,
    has_exposed_started_support,
    is_perpetrator_offered_support,
    has_perpetrator_started_support,
    has_substance_use_competence,
    has_ageing_competence,
    has_disability_competence
from delivered
