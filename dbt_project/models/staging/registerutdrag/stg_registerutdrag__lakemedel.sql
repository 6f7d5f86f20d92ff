with

    delivered as ({{ current_rows("registerutdrag", "lakemedel") }}),

    renamed as (
        select
            _area_code as municipality_code,
            {{ period_start("_period_month", "year") }} as register_year,
            {{ identity("personnummer") }},
            {{ recoded("registerutdrag", "lakemedel", "kon") }} as system_sex,
            {{ recoded("registerutdrag", "lakemedel", "fodelseland") }} as birth_region,
            {{ recoded("registerutdrag", "lakemedel", "grupp") }} as register_cohort,
            atc_kod as atc_code,
            antal_uttag as dispensing_count
        from delivered
    )

select *
from renamed
