with

    delivered as ({{ current_rows("beta", "handelse") }}),

    renamed as (
        select
            _area_code || '-' || ansokan_nr as application_key,
            _area_code || '-' || id as contact_key,
            tidpunkt as contact_date,
            {{ recoded("beta", "handelse", "typ") }} as contact_type,
            {{ recoded("beta", "handelse", "deltagare") }} as contact_participant,
            minuter as handling_minutes
        from delivered
    )

select *
from renamed
