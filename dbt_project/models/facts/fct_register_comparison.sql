select
    'municipality' as area_level,
    municipality_code as area_code,
    register_year,
    register_outcome,
    sex,
    false as is_adult,
    child_count,
    outcome_count
from {{ ref("stg_registerutdrag__alla_barn") }}
