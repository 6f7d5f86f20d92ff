with

    delivered as ({{ current_rows("epsilon", "utfort") }}),

    renamed as (
        select
            _area_code as municipality_code,
            _area_code || '-epsilon-volume-' || rad_id as volume_key,
            {{ identity("personnummer") }},
            -- The system's own id is one person's, whatever is missing.
            personnummer_key is not null as is_known_person,
            {{ recoded("epsilon", "utfort", "insats") }} as service,
            {{ recoded("epsilon", "utfort", "regi") }} as provider,
            {{ recoded("epsilon", "utfort", "betalas_av") }} as payer,
            manad as service_month,
            {{ recoded("epsilon", "utfort", "enhet") }} as unit,
            beviljat as granted_quantity,
            utfort as performed_quantity
        from delivered
    )

select *
from renamed
