with

    delivered as ({{ current_rows("registerutdrag", "alla_barn") }}),

    renamed as (
        select
            _area_code as municipality_code,
            {{ period_start("_period_month", "year") }} as register_year,
            {{ recoded("registerutdrag", "alla_barn", "matt") }} as register_outcome,
            {{ recoded("registerutdrag", "alla_barn", "kon") }} as sex,
            antal_barn as child_count,
            antal_med_utfall as outcome_count
        from delivered
    )

select *
from renamed
