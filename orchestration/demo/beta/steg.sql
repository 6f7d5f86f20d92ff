select
    case_event.municipality_code as _area,
    period_by_quarter(event_date) as _period,
    received(event_date, 3, 1, 15) as _received,
    event_id as id,
    case_id as arende_nr,
    application_id as ansokan_nr,
    -- the system keeps the time of day
    event_date + to_minutes(
        cast(480 + floor(draw(event_id, 'time') * 500) as bigint)
    ) as tidpunkt,
    step as steg
from case_event
inner join
    municipality on case_event.municipality_code = municipality.municipality_code
where municipality.source = 'beta'
order by _area, _period, id
