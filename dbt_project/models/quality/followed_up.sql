with

    evidence as (
        select
            municipality_code,
            unit_level,
            unit_code,
            survey_area,
            year,
            answer,
            evidence_count as indicators_tonight
        from {{ ref("mart_survey_evidence") }}
        where survey_question = 'follow_up_by_sex'
    ),

    covered as (select * from {{ ref("survey_area_services") }}),

    -- An area of the survey may hold several service areas: the one longest followed.
    earlier as (
        select
            night.municipality_code,
            covered.survey_area,
            night.year,
            max(night.night_count) as night_count,
            min(night.first_night_id) as first_night_id,
            max(night.last_night_id) as last_night_id
        from vintages.history.followed_up as night
        inner join
            covered
            on night.service_area = covered.service_area
            and coalesce(covered.ages, night.ages) = night.ages
        group by night.municipality_code, covered.survey_area, night.year
    ),

    beside as (
        select
            evidence.*,
            cast(coalesce(earlier.night_count, 0) as integer) as earlier_nights,
            earlier.first_night_id,
            earlier.last_night_id
        from evidence
        left join
            earlier
            on evidence.unit_level = 'municipality'
            and evidence.municipality_code = earlier.municipality_code
            and evidence.survey_area = earlier.survey_area
            and evidence.year = earlier.year
    )

select *, indicators_tonight > 0 or earlier_nights > 0 as is_followed_up
from beside
