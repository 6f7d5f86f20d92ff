-- One row per client and occasion at which the question of violence should be asked: at
-- the first assessment and about twice a year. It is asked more and more, women more than
-- men; how many of the asked tell of violence stays as it is.
with
    occasion as (
        select
            client.*,
            t.i as occasion_no,
            concat(client.client_id, '-', t.i) as screening_id,
            cast(
                client.first_day + to_days(
                    cast(
                        t.i * 190
                        + floor(draw(client.client_id || '-' || t.i, 'occasion') * 45)
                        as integer
                    )
                ) as date
            ) as screening_date
        from client
        cross join range(0, 5) as t(i)
    ),

    asking as (
        select
            *,
            (year(screening_date) - 2023) * 4 + quarter(screening_date) - 1 as quarter_no
        from occasion
        where
            screening_date
            between date '2023-01-01' and least(last_day, date '2025-12-31')
    ),

    asked as (
        select
            *,
            draw(screening_id, 'asked') < case
                when sex = 'women'
                then 0.50 + 0.027 * quarter_no
                else 0.26 + 0.034 * quarter_no
            end as is_asked
        from asking
    ),

    told as (
        select
            *,
            lives_with_violence
            -- a few tell without having been asked
            and draw(screening_id, 'exposed')
            < case when is_asked then 0.9 else 0.03 end as is_exposed,
            is_asked
            and uses_violence
            and draw(screening_id, 'perpetrator') < 0.85 as is_perpetrator
        from asked
    ),

    offered as (
        select
            *,
            is_exposed
            and draw(screening_id, 'offered to exposed')
            < case when sex = 'women' then 0.82 else 0.58 end as is_exposed_offered,
            is_perpetrator
            and draw(screening_id, 'offered to perpetrator')
            < case when sex = 'women' then 0.48 else 0.55 end as is_perpetrator_offered
        from told
    )

select
    screening_id,
    client_id,
    person_id,
    municipality_code,
    number,
    screening_date,
    is_asked,
    is_exposed,
    is_perpetrator,
    is_exposed_offered,
    is_exposed_offered
    and draw(screening_id, 'started by exposed')
    < case when sex = 'women' then 0.74 else 0.62 end as is_exposed_started,
    is_perpetrator_offered,
    is_perpetrator_offered
    and draw(screening_id, 'started by perpetrator')
    < case when sex = 'women' then 0.55 else 0.44 end as is_perpetrator_started,
    -- what the officer has documented competence in
    draw(screening_id, 'substance use') < 0.45 as has_substance_use_competence,
    draw(screening_id, 'ageing') < 0.20 as has_ageing_competence,
    draw(screening_id, 'disability') < 0.35 as has_disability_competence
from offered
