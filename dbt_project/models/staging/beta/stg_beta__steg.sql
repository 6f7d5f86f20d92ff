with

    delivered as ({{ current_rows("beta", "steg") }}),

    renamed as (
        select
            _area_code as municipality_code,
            _area_code || '-beta-case-' || arende_nr as case_key,
            _area_code || '-beta-application-' || ansokan_nr as application_key,
            _area_code || '-beta-event-' || id as event_key,
            tidpunkt as event_date,
            {{ recoded("beta", "steg", "steg") }} as case_step
        from delivered
    )

select *
from renamed
