with

    delivered as ({{ current_rows("ekonomi", "transaktion") }}),

    renamed as (
        select
            _area_code as municipality_code,
            -- vouchers are numbered anew every year
            _area_code
            || '-ekonomi-transaktion-'
            || cast(bokforingsdatum as varchar)
            || '-'
            || ver_nr
            || '-'
            || cast(rad_nr as varchar) as ledger_entry_key,
            bokforingsdatum as booking_date,
            konto as account,
            ansvar as unit_code,
            verksamhet as activity_code,
            {{ recoded("ekonomi", "transaktion", "motpart") }} as counterparty,
            belopp as amount_sek,
            _delivery_id as delivery_id,
            _row_number as row_number
        from delivered
    )

select *
from renamed
