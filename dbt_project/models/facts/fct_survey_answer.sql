select
    municipality_code,
    reference_date,
    survey_area,
    survey_question,
    'none' as sex,
    coalesce(answer, 'missing') as answer
from {{ ref("stg_jamforelser__enkat") }}
