with

    delivered as ({{ current_rows("alfa", "utbetalning") }}),

    renamed as (
        select
            _area_code as municipality_code,
            _area_code || '-alfa-case-' || arende_id as case_key,
            _area_code || '-alfa-payment-' || utbetalning_id as payment_key,
            avser_manad as benefit_month,
            utbetalningsdatum as payment_date,
            belopp as amount_sek
        from delivered
    )

select *
from renamed
