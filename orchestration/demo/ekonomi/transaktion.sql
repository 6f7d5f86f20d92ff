-- The other five send accounts of income and cost only: years, and from 2025 months.
select
    municipality_code as _area,
    period_by_month(booking_date) as _period,
    received(booking_date, 1, 1, 15) as _received,
    concat(series, voucher_no) as ver_nr,
    row_no as rad_nr,
    booking_date as bokforingsdatum,
    account as konto,
    unit as ansvar,
    activity_code as verksamhet,
    counterparty as motpart,
    cast(cast(amount_ore as decimal(18, 0)) / 100 as decimal(18, 2)) as belopp,
    case
        when draw(concat(municipality_code, series, voucher_no, row_no), 'text') < 0.05
        then 'Faktura; Test Testsson'
    end as fritext
from ledger_entry
where municipality_code not in ('9901', '9902', '9903') and account >= '3'
order by _area, _period, bokforingsdatum, ver_nr, rad_nr
