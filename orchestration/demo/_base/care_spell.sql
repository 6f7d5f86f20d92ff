-- One row per person, service and unit, from the first day to the last. Who has home
-- help often has an alarm and meals beside it, who lives in a group home daily activity.
-- One resident in twelve moves to another unit of the same kind.
with
    beside as (
        select *
        from
            (
                values
                    ('sol_hemtjanst', 'sol_trygghetslarm', 0.60),
                    ('sol_hemtjanst', 'sol_matdistribution', 0.35),
                    ('lss_gruppbostad', 'lss_daglig_verksamhet', 0.70),
                    ('lss_gruppbostad', 'lss_ledsagarservice', 0.20),
                    ('lss_servicebostad', 'lss_daglig_verksamhet', 0.60),
                    ('lss_servicebostad', 'lss_kontaktperson', 0.25)
            ) as t(service, service_beside, share)
    ),

    held as (
        select client_no, service, from_date, to_date, is_private
        from care_client
        union all
        select
            care_client.client_no,
            beside.service_beside,
            care_client.from_date,
            care_client.to_date,
            false
        from care_client
        inner join beside on care_client.service = beside.service
        where draw(care_client.client_no || beside.service_beside, 'beside') < beside.share
    ),

    with_move as (
        select
            *,
            case
                when
                    service in ('lss_gruppbostad', 'lss_servicebostad')
                    and draw(client_no, 'changes unit') < 0.08
                    and date_diff(
                        'day',
                        greatest(from_date, date '2023-01-01'),
                        coalesce(to_date, date '2025-12-31')
                    )
                    >= 120
                then
                    cast(
                        greatest(from_date, date '2023-01-01')
                        + cast(30 + floor(draw(client_no, 'which day') * 60) as integer) as date
                    )
            end as moved_on
        from held
    ),

    part as (
        select
            *, 1 as part_no, from_date as first_day, coalesce(moved_on - 1, to_date) as last_day
        from with_move
        union all
        select *, 2 as part_no, moved_on, to_date
        from with_move
        where moved_on is not null
    )

select
    part.client_no,
    care_client.municipality_code,
    part.service,
    part.part_no,
    concat(
        'I',
        lpad(cast(part.client_no as varchar), 8, '0'),
        upper(substr(md5(part.service), 1, 3)),
        part.part_no
    ) as spell_id,
    concat(
        care_client.municipality_code,
        '-',
        1 + (part.part_no + cast(floor(draw(part.client_no, 'unit') * 6) as integer)) % 6
    ) as residence,
    cast(part.first_day as date) as from_date,
    cast(part.last_day as date) as to_date,
    case
        when part.service = 'sol_matdistribution' and care_client.municipality_code = '9901'
        then 'private'
        when part.is_private and draw(part.client_no, 'non-profit') < 0.15
        then 'non_profit'
        when part.is_private and draw(part.client_no, 'non-profit') < 0.22
        then 'other_municipality'
        when part.is_private
        then 'private'
        else 'municipal'
    end as provider,
    -- of home help, assistance and the like
    case
        when part.service = care_client.service then care_client.assessed_hours_week
    end as assessed_hours_week
from part
inner join care_client on part.client_no = care_client.client_no
