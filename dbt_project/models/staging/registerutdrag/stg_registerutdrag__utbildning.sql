with

    delivered as ({{ current_rows("registerutdrag", "utbildning") }}),

    renamed as (
        select
            _area_code as municipality_code,
            {{ period_start("_period_month", "year") }} as register_year,
            {{ identity("personnummer") }},
            {{ recoded("registerutdrag", "utbildning", "kon") }} as system_sex,
            {{ recoded("registerutdrag", "utbildning", "fodelseland") }}
            as birth_region,
            {{ recoded("registerutdrag", "utbildning", "matt") }} as register_outcome,
            ar_arskurs_9 as left_school_in,
            utfall as has_outcome
        from delivered
    )

select *
from renamed
