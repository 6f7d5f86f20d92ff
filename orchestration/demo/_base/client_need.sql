-- One row per client, problem area and assessment. Needs of violence are those that a
-- screening brought to light.
with
    area as (
        select *
        from
            (
                values
                    (1, 'housing', 0.27, 0.36),
                    (2, 'substance_use', 0.15, 0.31),
                    (3, 'disability', 0.15, 0.14),
                    (6, 'ageing', 0.03, 0.03),
                    (7, 'mental_health', 0.40, 0.31),
                    (8, 'debts', 0.25, 0.29)
            ) as t(area_no, problem_area, share_women, share_men)
    ),

    of_assessment as (
        select
            client.*,
            area.area_no,
            area.problem_area,
            cast(
                client.first_day + to_days(
                    cast(
                        floor(
                            draw(client.client_id || area.problem_area, 'day')
                            * case
                                when
                                    draw(client.client_id || area.problem_area, 'late')
                                    < 0.2
                                then 300
                                else 40
                            end
                        ) as integer
                    )
                ) as date
            ) as identified_on
        from client
        cross join area
        where
            draw(client.client_id || area.problem_area, 'need') < case
                when area.problem_area = 'ageing' and client.birth_year <= 1962
                then 0.5
                when client.sex = 'women'
                then area.share_women * client.burden
                else area.share_men * client.burden
            end
            -- who drinks often has nowhere to live
            + case
                when
                    area.problem_area = 'housing'
                    and draw(client.client_id || 'substance_use', 'need') < 0.15
                then 0.25
                else 0
            end
    ),

    of_screening as (
        select client.*, t.area_no, t.problem_area, min(screening_date) as identified_on
        from client_screening
        inner join client on client_screening.client_id = client.client_id
        inner join
            (
                values (4, 'violence_exposed'), (5, 'violence_perpetrator')
            ) as t(area_no, problem_area)
            on case
                when t.area_no = 4
                then client_screening.is_exposed
                else client_screening.is_perpetrator
            end
        where draw(client.client_id || t.problem_area, 'documented') < 0.9
        group by all
    ),

    assessed as (
        select *, concat(client_id, '-', area_no) as need_id
        from of_assessment
        union all by name
        select *, concat(client_id, '-', area_no) as need_id
        from of_screening
    ),

    levelled as (
        select
            *,
            case
                when area_no not in (4, 5) and draw(need_id, 'level') < 0.06
                then 0
                -- men's needs are greater by the time that they are seen
                when draw(need_id, 'level') < case when sex = 'women' then 0.46 else 0.30 end
                then 1
                when draw(need_id, 'level') < case when sex = 'women' then 0.82 else 0.62 end
                then 2
                else 3
            end as level_start
        from assessed
    ),

    ended as (
        select
            *,
            case
                when level_start = 0
                then identified_on
                else
                    cast(
                        identified_on + to_days(
                            cast(80 + floor(draw(need_id, 'ended') * 620) as integer)
                        ) as date
                    )
            end as planned_end
        from levelled
    ),

    first_assessment as (
        select
            * exclude (planned_end),
            case when planned_end <= date '2025-12-31' then planned_end end as ended_on
        from ended
        where
            identified_on <= date '2025-12-31' and planned_end >= date '2023-01-01'
    ),

    -- the need comes back within the year
    second_assessment as (
        select
            * exclude (need_id, identified_on, ended_on, level_start),
            concat(need_id, 'B') as need_id,
            cast(ended_on + 45 as date) as identified_on,
            cast(null as date) as ended_on,
            2 as level_start
        from first_assessment
        where
            level_start > 0
            and ended_on <= date '2025-11-01'
            and ended_on >= date '2023-01-01'
            and draw(need_id, 'again') < 0.07
    ),

    need as (
        select *
        from first_assessment
        union all by name
        select *
        from second_assessment
    )

select
    need_id,
    client_id,
    person_id,
    municipality_code,
    number,
    sex,
    recorded_sex,
    birth_region,
    area_no,
    problem_area,
    identified_on,
    level_start,
    ended_on,
    case
        when ended_on is null
        then null
        when level_start = 0
        then 0
        -- smaller needs are met more often; as great as each other women's only a little
        -- more often than men's
        when
            draw(need_id, 'met')
            < case when sex = 'women' then 0.92 else 0.89 end - 0.20 * level_start
        then cast(floor(draw(need_id, 'level at end') * level_start) as integer)
        when draw(need_id, 'worse') < 0.1
        then least(level_start + 1, 3)
        else level_start
    end as level_end
from need
