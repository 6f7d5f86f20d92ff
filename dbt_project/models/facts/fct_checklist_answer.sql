select
    application.municipality_code,
    answer.application_key,
    answer.checklist_item,
    application.person_key,
    application.sex,
    application.age_band,
    application.is_adult,
    application.birth_region,
    application.household_type,
    application.application_date,
    answer.is_answered
from {{ ref("int_checklist_answer") }} as answer
inner join
    {{ ref("fct_assistance_application") }} as application
    on answer.application_key = application.application_key
