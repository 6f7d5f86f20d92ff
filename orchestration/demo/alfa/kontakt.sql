-- 9906 sends a column that nobody declared, its name a number; 9903 has a row with
-- fields too many.
with
    sent as (
        select
            contact.*,
            period_by_quarter(contact_date) as _period,
            row_number() over (
                partition by contact.municipality_code, period_by_quarter(contact_date)
                order by contact_id
            ) as row_no
        from contact
        inner join
            municipality on contact.municipality_code = municipality.municipality_code
        where municipality.source = 'alfa'
    )

select
    municipality_code as _area,
    _period,
    received(contact_date, 3, 1, 15) as _received,
    case
        when municipality_code = '9906' and _period = '2025K3'
        then
            ';' || (
                select hyphened(max(number))
                from test_number
                where kind = 'personnummer'
            )
    end as _extra_header,
    contact_id as kontakt_id,
    application_id as ansokan_id,
    contact_date as datum,
    contact_type as typ,
    participant as deltog,
    minutes as minuter,
    case
        when municipality_code = '9906' and _period = '2025K3'
        then ';Testnamn-0'
        when municipality_code = '9903' and _period = '2025K1' and row_no = 1
        then ';12;13'
    end as _extra
from sent
order by _area, _period, kontakt_id
