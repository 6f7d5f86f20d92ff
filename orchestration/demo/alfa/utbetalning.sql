-- 9903 delivers May 2025 twice, the second time with amounts put right; 9905 misses
-- October 2025;
-- 9906 has five rows of 2024 twice.
with
    paid as (
        select
            payment.*,
            amount_ore as sent_ore,
            benefit_month as sent_month,
            period_by_month(benefit_month) as _period,
            received(benefit_month, 1, 1, 12) as _received,
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
        where
            municipality.source = 'alfa'
            and not (
                payment.municipality_code = '9905' and benefit_month = date '2025-10-01'
            )
    ),

    planted as (
        select *
        from paid
        union all
        -- delivered anew
        select
            * replace (
                case
                    when draw(payment_id, 'put right') < 0.1
                    then cast(floor(amount_ore * 1.05) as bigint)
                    else amount_ore
                end as sent_ore,
                '20250704' as _received
            )
        from paid
        where municipality_code = '9903' and _period = '202505'
        union all
        -- twice the same
        select *
        from paid
        where municipality_code = '9906' and _period = '2024' and row_no <= 5
        union all
        -- a month that is not the file's
        select
            * replace (payment_id || 'X' as payment_id, date '2025-07-01' as sent_month)
        from paid
        where
            municipality_code = '9904'
            and _period = '202508'
            and row_no <= 2
            and row_count >= 60
    )

select
    municipality_code as _area,
    _period,
    _received,
    payment_id as utbetalning_id,
    case_id as arende_id,
    sent_month as avser_manad,
    payment_date as utbetalningsdatum,
    cast(cast(sent_ore as decimal(14, 0)) / 100 as decimal(12, 2)) as belopp,
    -- letters in an amount
    case
        when
            municipality_code = '9902'
            and _period = '202503'
            and row_no <= 2
            and row_count >= 60
        then '1O 234,00'
    end as _raw_belopp
from planted
order by _area, _period, _received, utbetalning_id
