with

    delivered as ({{ current_rows("alfa", "kontakt") }}),

    renamed as (
        select
            _area_code || '-alfa-application-' || ansokan_id as application_key,
            _area_code || '-alfa-contact-' || kontakt_id as contact_key,
            datum as contact_date,
            {{ recoded("alfa", "kontakt", "typ") }} as contact_type,
            {{ recoded("alfa", "kontakt", "deltog") }} as contact_participant,
            minuter as handling_minutes
        from delivered
    )

select *
from renamed
