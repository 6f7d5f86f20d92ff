select fact, area_code, month, is_due, is_collected from {{ ref("fct_collection") }}
