-- One row per row of a voucher. Every month an activity has a voucher of costs, and one
-- of income where it has any; the other side is the bank account. A few rows of cost
-- are booked back one or two months later and, mostly, booked anew.
with
    booked as (
        select
            service_cost.municipality_code,
            service_cost.year,
            service_cost.activity_code,
            m.month,
            t.series,
            t.account,
            t.counterparty,
            concat_ws(
                '-',
                service_cost.municipality_code,
                service_cost.year,
                m.month,
                service_cost.activity_code,
                t.account,
                t.counterparty
            ) as entry_id,
            service_cost.cost_kr / 12 * t.share as about_kr
        from service_cost
        cross join range(1, 13) as m(month)
        inner join
            (
                values
                    ('K', '5011', 'external', 0.58),
                    ('K', '5611', 'external', 0.19),
                    ('K', '4631', 'external', 0.09),
                    ('K', '4632', 'other_municipality', 0.02),
                    ('K', '6011', 'own_municipality', 0.07),
                    ('K', '6411', 'external', 0.04),
                    ('K', '7011', 'own_municipality', 0.01),
                    ('I', '3911', 'own_municipality', -0.012),
                    ('I', '3531', 'other_municipality', -0.02),
                    ('I', '3411', 'external', -0.05)
            ) as t(series, account, counterparty, share)
            -- nobody buys common costs or pays a fee for them
            on t.series = 'K'
            or service_cost.service is not null
            and (
                t.account = '3911'
                or (
                    t.account = '3531'
                    and service_cost.service in (
                        'lss_korttidsvistelse',
                        'lss_gruppbostad',
                        'lss_daglig_verksamhet',
                        'sol_sarskilt_boende'
                    )
                )
                or (t.account = '3411' and starts_with(service_cost.service, 'sol_'))
            )
    ),

    entry as (
        select
            * exclude (about_kr),
            make_date(
                cast(year as integer),
                cast(month as integer),
                case series when 'K' then 25 else 28 end
            ) as booking_date,
            cast(
                round(about_kr * 100 * (0.9 + 0.2 * draw(entry_id, 'amount'))) as bigint
            ) as amount_ore
        from booked
    ),

    corrected as (
        select
            entry.* exclude (series, booking_date, amount_ore),
            'R' as series,
            cast(
                entry.booking_date + to_months(
                    1 + cast(floor(draw(entry.entry_id, 'later') * 2) as integer)
                ) as date
            ) as booking_date,
            t.step,
            case
                t.step
                when 1
                then - entry.amount_ore
                else cast(floor(entry.amount_ore * 0.97) as bigint)
            end as amount_ore
        from entry
        cross join (values (1), (2)) as t(step)
        where
            entry.series = 'K'
            and draw(entry.entry_id, 'correction')
            < case t.step when 1 then 0.012 else 0.009 end
    ),

    voucher_row as (
        select
            municipality_code,
            booking_date,
            series,
            concat_ws('-', activity_code, month) as voucher,
            account,
            activity_code,
            counterparty,
            amount_ore,
            0 as step
        from entry
        union all
        select
            municipality_code,
            booking_date,
            series,
            entry_id as voucher,
            account,
            activity_code,
            counterparty,
            amount_ore,
            step
        from corrected
        where booking_date < date '2026-01-01'
    ),

    with_bank as (
        select *
        from voucher_row
        union all
        select
            municipality_code,
            booking_date,
            series,
            voucher,
            '1930' as account,
            null as activity_code,
            null as counterparty,
            cast(- sum(amount_ore) as bigint) as amount_ore,
            9 as step
        from voucher_row
        group by municipality_code, booking_date, series, voucher
    )

select
    municipality_code,
    booking_date,
    series,
    dense_rank() over (
        partition by municipality_code, year(booking_date), series
        order by booking_date, voucher
    ) as voucher_no,
    row_number() over (
        partition by municipality_code, booking_date, series, voucher
        order by step, account, counterparty
    ) as row_no,
    account,
    -- the unit that answers for the activity; one per activity and municipality
    substr(municipality_code, 3) || activity_code as unit,
    activity_code,
    counterparty,
    amount_ore
from with_bank
