select
    contact.municipality_code as _area,
    period_by_quarter(contact_date) as _period,
    received(contact_date, 3, 1, 15) as _received,
    contact_id as id,
    application_id as ansokan_nr,
    -- the system keeps the time of day
    contact_date + to_minutes(
        cast(480 + floor(draw(contact_id, 'time') * 500) as bigint)
    ) as tidpunkt,
    contact_type as typ,
    participant as deltagare,
    minutes as minuter
from contact
inner join municipality on contact.municipality_code = municipality.municipality_code
where municipality.source = 'beta'
order by _area, _period, id
