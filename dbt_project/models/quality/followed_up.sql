with

    answer as (
        select
            municipality_code,
            unit_level,
            unit_code,
            survey_area,
            cast(extract(year from reference_date) as integer) as year,
            answer
        from {{ ref("fct_survey_answer") }}
        where survey_question = 'follow_up_by_sex'
    ),

    covered as (select * from {{ ref("survey_area_services") }}),

    -- What this night publishes, if every promise is kept.
    tonight as (
        select
            split.area_code as municipality_code,
            covered.survey_area,
            split.year,
            count(*) as indicator_count
        from {{ ref("indicator_split") }} as split
        inner join
            {{ ref("dim_indicator") }} as indicator
            on split.indicator_id = indicator.indicator_id
        inner join
            covered
            on indicator.service_area = covered.service_area
            and coalesce(covered.ages, indicator.ages) = indicator.ages
        where split.area_level = 'municipality' and split.split_status = 'split'
        group by split.area_code, covered.survey_area, split.year
    ),

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
            answer.*,
            cast(coalesce(tonight.indicator_count, 0) as integer) as indicators_tonight,
            cast(coalesce(earlier.night_count, 0) as integer) as earlier_nights,
            earlier.first_night_id,
            earlier.last_night_id
        from answer
        left join
            tonight
            on answer.unit_level = 'municipality'
            and answer.municipality_code = tonight.municipality_code
            and answer.survey_area = tonight.survey_area
            and answer.year = tonight.year
        left join
            earlier
            on answer.unit_level = 'municipality'
            and answer.municipality_code = earlier.municipality_code
            and answer.survey_area = earlier.survey_area
            and answer.year = earlier.year
    )

select *, indicators_tonight > 0 or earlier_nights > 0 as is_followed_up
from beside
