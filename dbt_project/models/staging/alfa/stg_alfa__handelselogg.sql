with

    delivered as ({{ current_rows("alfa", "handelselogg") }}),

    renamed as (
        select
            _area_code as municipality_code,
            _area_code || '-' || arende_id as case_key,
            _area_code || '-' || ansokan_id as application_key,
            _area_code || '-' || handelse_id as event_key,
            datum as event_date,
            {{ recoded("alfa", "handelselogg", "steg") }} as case_step
        from delivered
    )

select *
from renamed
