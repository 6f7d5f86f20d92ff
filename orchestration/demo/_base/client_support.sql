-- One row per support that answers a need: offered, for most begun, for some still going
-- on. Support against violence is what the screening says was offered.
with
    offered as (
        select
            client_need.*,
            cast(
                identified_on + to_days(
                    cast(3 + floor(draw(need_id, 'offered on') * 40) as integer)
                ) as date
            ) as offered_on,
            draw(need_id, 'started') < 0.84 as is_started
        from client_need
        where
            area_no not in (4, 5)
            and level_start > 0
            and draw(need_id, 'offered')
            < case when sex = 'women' then 0.66 else 0.58 end + 0.07 * level_start
        union all by name
        select
            client_need.*,
            client_need.identified_on as offered_on,
            case
                when client_need.area_no = 4
                then client_screening.is_exposed_started
                else client_screening.is_perpetrator_started
            end as is_started
        from client_need
        inner join
            client_screening
            on client_need.client_id = client_screening.client_id
            and client_need.identified_on = client_screening.screening_date
        where
            case
                when client_need.area_no = 4
                then client_screening.is_exposed_offered
                when client_need.area_no = 5
                then client_screening.is_perpetrator_offered
            end
    ),

    started as (
        select
            *,
            case
                when is_started
                then
                    cast(
                        offered_on + to_days(
                            cast(2 + floor(draw(need_id, 'started on') * 40) as integer)
                        ) as date
                    )
            end as from_date
        from offered
        where offered_on <= date '2025-12-31'
    ),

    ending as (
        select
            *,
            cast(
                from_date + to_days(
                    cast(30 + floor(draw(need_id, 'support ends') * 420) as integer)
                ) as date
            ) as planned_end
        from started
    )

select
    concat('S', need_id) as support_id,
    need_id,
    client_id,
    person_id,
    municipality_code,
    number,
    problem_area,
    offered_on,
    case when from_date <= date '2025-12-31' then from_date end as from_date,
    case when planned_end <= date '2025-12-31' then planned_end end as to_date
from ending
