with

    delivered as ({{ current_rows("jamforelser", "enkat") }}),

    renamed as (
        select
            _area_code as municipality_code,
            stadsdel as district_name,
            _period_month as reference_date,
            {{ recoded("jamforelser", "enkat", "omrade") }} as survey_area,
            {{ recoded("jamforelser", "enkat", "fraga") }} as survey_question,
            {{ recoded("jamforelser", "enkat", "svar") }} as answer
        from delivered
    )

select *
from renamed
