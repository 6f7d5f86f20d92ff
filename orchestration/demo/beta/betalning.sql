with
    sent as (
        select
            payment.*,
            period_by_month(benefit_month) as _period,
            row_number() over (
                partition by payment.municipality_code, period_by_month(benefit_month)
                order by payment_id
            ) as row_no,
            count(*) over (
                partition by payment.municipality_code, period_by_month(benefit_month)
            ) as row_count
        from payment
        inner join
            municipality on payment.municipality_code = municipality.municipality_code
        where municipality.source = 'beta'
    )

select
    municipality_code as _area,
    _period,
    received(benefit_month, 1, 1, 12) as _received,
    payment_id as betalning_nr,
    case_id as arende_nr,
    benefit_month as manad,
    payment_date as utbetald,
    -- a payment without amount
    case
        when
            not (
                municipality_code = '9908'
                and _period = '202502'
                and row_no = 1
                and row_count >= 30
            )
        then cast(cast(amount_ore as decimal(14, 0)) / 100 as decimal(12, 2))
    end as belopp_kr
from sent
order by _area, _period, betalning_nr
