with

    improvement as (select * from {{ ref("stg_forbattring__forbattringsarbete") }}),

    district as (select * from {{ ref("districts") }})

select
    improvement.municipality_code,
    improvement.improvement_id,
    'none' as sex,
    improvement.title,
    coalesce(district.district_code, improvement.district_name) as district_code,
    improvement.effect_step,
    improvement.improvement_type,
    improvement.service_area,
    improvement.improvement_method,
    improvement.target_group,
    improvement.owner_role,
    improvement.start_date,
    improvement.end_date,
    improvement.indicator_id,
    improvement.steering_document,
    improvement.diary_number,
    improvement.has_question,
    improvement.has_lessons,
    improvement.has_citizen_difference,
    improvement.has_action_plan,
    improvement.is_resources_moved,
    improvement.is_example
from improvement
left join
    district
    on improvement.municipality_code = district.municipality_code
    and improvement.district_name = district.district_name
