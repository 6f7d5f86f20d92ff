-- Three municipalities send a file a year, with the rows of the balance sheet. In one
-- voucher a row was taken out and another put in, and their system still shows both.
with
    sent as (
        select
            *,
            year(booking_date) as year,
            series = 'K' and voucher_no = 7 as is_changed
        from ledger_entry
        where municipality_code in ('9901', '9902', '9903')
    ),

    shown as (
        select *, case when is_changed and row_no = 2 then 'added' end as change
        from sent
        union all
        select * replace (2 * amount_ore as amount_ore), 'removed' as change
        from sent
        where is_changed and row_no = 1
    )

select
    municipality_code as _area,
    cast(year as varchar) as _period,
    concat(year + 1, '0120') as _received,
    concat('Testkommunen ', municipality_code) as _title,
    series as serie,
    cast(voucher_no as varchar) as vernr,
    booking_date as datum,
    concat('Test Testsson, "lön" för ', strftime(booking_date, '%Y-%m')) as vertext,
    row_no as rad,
    account as konto,
    cast(cast(amount_ore as decimal(18, 0)) / 100 as decimal(18, 2)) as belopp,
    case when series = 'R' then 'Rättelse, Testvägen 1' end as transtext,
    unit as ansvar,
    activity_code as verksamhet,
    counterparty as motpart,
    change as _change
from shown
order by _area, _period, serie, voucher_no, rad, change nulls last
