with

    answer as (select * from {{ ref("stg_jamforelser__enkat") }}),

    district as (select * from {{ ref("districts") }})

-- A district that the seed does not know keeps the name it was sent under; a test names
-- it.
select
    answer.municipality_code,
    case
        when answer.district_name is null then 'municipality' else 'district'
    end as unit_level,
    coalesce(
        district.district_code, answer.district_name, answer.municipality_code
    ) as unit_code,
    answer.reference_date,
    answer.survey_area,
    answer.survey_question,
    'none' as sex,
    coalesce(answer.answer, 'missing') as answer
from answer
left join
    district
    on answer.municipality_code = district.municipality_code
    and answer.district_name = district.district_name
