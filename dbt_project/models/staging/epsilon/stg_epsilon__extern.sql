with

    delivered as ({{ current_rows("epsilon", "extern") }}),

    renamed as (
        select
            _area_code as municipality_code,
            _area_code || '-epsilon-external-' || lopnummer as volume_key,
            {{ identity("personnummer") }},
            -- Whose a provider's customer number is nobody knows.
            coalesce(
                personnummer_kind in ('personnummer', 'samordningsnummer'), false
            ) as is_known_person,
            {{ recoded("epsilon", "extern", "kon") }} as system_sex,
            {{ recoded("epsilon", "extern", "insats") }} as service,
            'private' as provider,
            'municipality' as payer,
            manad as service_month,
            {{ recoded("epsilon", "extern", "enhet") }} as unit,
            bestallt as granted_quantity,
            utfort as performed_quantity
        from delivered
    )

select *
from renamed
