with

    delivered as ({{ current_rows("beta", "betalning") }}),

    renamed as (
        select
            _area_code as municipality_code,
            _area_code || '-beta-case-' || arende_nr as case_key,
            _area_code || '-beta-payment-' || betalning_nr as payment_key,
            manad as benefit_month,
            utbetald as payment_date,
            belopp_kr as amount_sek
        from delivered
    )

select *
from renamed
