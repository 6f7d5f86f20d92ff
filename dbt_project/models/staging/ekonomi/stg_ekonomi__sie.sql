with

    delivered as ({{ current_rows("ekonomi", "sie") }}),

    renamed as (
        select
            _area_code as municipality_code,
            -- vouchers are numbered anew every year
            _area_code
            || '-ekonomi-sie-'
            || cast(datum as varchar)
            || '-'
            || coalesce(serie, '')
            || '-'
            || vernr
            || '-'
            || cast(rad as varchar) as ledger_entry_key,
            datum as booking_date,
            konto as account,
            ansvar as unit_code,
            verksamhet as activity_code,
            {{ recoded("ekonomi", "sie", "motpart") }} as counterparty,
            belopp as amount_sek,
            _delivery_id as delivery_id,
            _row_number as row_number
        from delivered
    )

select *
from renamed
