with

    delivered as ({{ current_rows("alfa", "handelselogg") }}),

    renamed as (
        select
            _area_code as municipality_code,
            _area_code || '-alfa-case-' || arende_id as case_key,
            _area_code || '-alfa-application-' || ansokan_id as application_key,
            _area_code || '-alfa-event-' || handelse_id as event_key,
            datum as event_date,
            {{ recoded("alfa", "handelselogg", "steg") }} as case_step
        from delivered
    )

select *
from renamed
