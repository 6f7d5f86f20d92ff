-- 9903 delivers the second quarter of 2025 twice, the second time with the day of a
-- plan put right.
with
    sent as (
        select
            case_event.*,
            period_by_quarter(event_date) as _period,
            received(event_date, 3, 1, 15) as _received,
            row_number() over (
                partition by
                    case_event.municipality_code, period_by_quarter(event_date), step
                order by event_date, event_id
            ) as row_no
        from case_event
        inner join
            municipality on case_event.municipality_code = municipality.municipality_code
        where municipality.source = 'alfa'
    ),

    planted as (
        select *
        from sent
        union all
        select
            * replace (
                case
                    when step = 'plan' and row_no = 1
                    then cast(event_date + to_days(1) as date)
                    else event_date
                end as event_date,
                '20250820' as _received
            )
        from sent
        where municipality_code = '9903' and _period = '2025K2'
    )

select
    municipality_code as _area,
    _period,
    _received,
    event_id as handelse_id,
    case_id as arende_id,
    application_id as ansokan_id,
    event_date as datum,
    step as steg
from planted
order by _area, _period, _received, handelse_id
