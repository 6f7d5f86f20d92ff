with

    delivered as ({{ current_rows("beta", "handelse") }}),

    renamed as (
        select
            _area_code || '-beta-application-' || ansokan_nr as application_key,
            _area_code || '-beta-contact-' || id as contact_key,
            tidpunkt as contact_date,
            {{ recoded("beta", "handelse", "typ") }} as contact_type,
            {{ recoded("beta", "handelse", "deltagare") }} as contact_participant,
            minuter as handling_minutes
        from delivered
    )

select *
from renamed
