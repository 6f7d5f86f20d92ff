-- One row per person with care: a test number that nobody else in the demo has, where
-- there is one, and the days between which the first service lasts.
with
    place as (
        select
            municipality_code,
            sum(residents) over (order by municipality_code)
            / sum(residents) over () as upper_share
        from municipality
    ),

    wanted as (
        select
            care_service.*,
            service_no * 1000000 + t.i as client_no,
            case
                when t.i <= round(place_count * getvariable('scale') * women_share)
                then 'women'
                else 'men'
            end as sex
        from care_service
        cross join
            range(1, 1 + cast(round(place_count * getvariable('scale')) as bigint)) as t(i)
    ),

    timed as (
        select
            *,
            case when sex = 'women' then stay_months_women else stay_months_men end
            * 30.4375 as mean_days,
            draw(client_no, 'resident') < case
                when sex = 'women' then resident_share_women else resident_share_men
            end as is_resident
        from wanted
    ),

    -- A stay ends as likely on one day as on another: the lengths are exponential, and
    -- half of them last longer than 0.693 of the mean.
    with_start as (
        select
            *,
            cast(
                case
                    when is_resident
                    then
                        date '2022-12-31' - cast(
                            floor(
                                least(
                                    -mean_days * ln(1 - draw(client_no, 'lived')),
                                    case when age_group = 'child' then 1500 else 9000 end
                                )
                            ) as integer
                        )
                    else
                        date '2023-01-01'
                        + cast(floor(draw(client_no, 'moves in') * 1096) as integer)
                end as date
            ) as from_date
        from timed
    ),

    with_end as (
        select
            *,
            cast(
                case
                    when is_resident then date '2023-01-01' else from_date + 1
                end
                + cast(
                    floor(-mean_days * ln(1 - draw(client_no, 'stays'))) as integer
                ) as date
            ) as last_date
        from with_start
    ),

    ranked as (
        select
            *,
            row_number() over (
                partition by age_group, sex order by draw(client_no, 'rank'), client_no
            ) as rank_in_group
        from with_end
    ),

    ranked_number as (
        select
            test_number.number,
            test_number.sex,
            test_number.birth_year,
            case
                when birth_year between 1921 and 1959
                then 'elderly'
                when birth_year between 1970 and 1998
                then 'adult'
                else 'child'
            end as age_group,
            row_number() over (
                partition by
                    sex,
                    case
                        when birth_year between 1921 and 1959
                        then 'elderly'
                        when birth_year between 1970 and 1998
                        then 'adult'
                        else 'child'
                    end
                order by draw(number, 'care'), number
            ) as rank_in_group
        from test_number
        anti join number_spell on test_number.number = number_spell.number
        anti join client on test_number.number = client.number
        where
            kind = 'personnummer'
            and (
                birth_year between 1921 and 1959
                or birth_year between 1970 and 1998
                or birth_year between 2005 and 2014
            )
    )

select
    ranked.client_no,
    ranked.service,
    ranked.age_group,
    ranked.sex,
    ranked.from_date,
    case when ranked.last_date <= date '2025-12-31' then ranked.last_date end as to_date,
    (
        select min(place.municipality_code)
        from place
        where place.upper_share > draw(ranked.client_no, 'municipality')
    ) as municipality_code,
    case
        when draw(ranked.client_no, 'kind') < 0.01 or ranked_number.number is null
        then 'LOK-' || lpad(cast(ranked.client_no as varchar), 8, '0')
        else ranked_number.number
    end as number,
    -- what the system's own column says; of every third with a local id nothing
    case
        when
            draw(ranked.client_no, 'sex column')
            < case when draw(ranked.client_no, 'kind') < 0.01 then 0.33 else 0.01 end
        then null
        else ranked.sex
    end as recorded_sex,
    case
        when draw(ranked.client_no, 'birth region') < 0.01
        then 'unknown'
        when
            draw(ranked.client_no, 'birth region')
            < case when ranked.age_group = 'elderly' then 0.12 else 0.20 end
        then 'abroad'
        else 'sweden'
    end as birth_region,
    -- hours a week that the assessment says are needed
    round(
        case
            ranked.service
            when 'sol_hemtjanst'
            then
                case
                    when draw(ranked.client_no, 'need') < 0.40
                    then 1 + 4 * draw(ranked.client_no, 'hours')
                    when draw(ranked.client_no, 'need') < 0.75
                    then 5 + 7 * draw(ranked.client_no, 'hours')
                    else 12 + 12 * draw(ranked.client_no, 'hours')
                end
            when 'lss_personlig_assistans'
            then 50 + 140 * draw(ranked.client_no, 'hours')
            when 'sol_boendestod'
            then 1 + 6 * draw(ranked.client_no, 'hours')
            when 'lss_ledsagarservice'
            then 1 + 4 * draw(ranked.client_no, 'hours')
            when 'lss_avlosarservice'
            then 2 + 8 * draw(ranked.client_no, 'hours')
            when 'lss_korttidstillsyn'
            then 6 + 10 * draw(ranked.client_no, 'hours')
        end,
        1
    ) as assessed_hours_week,
    draw(ranked.client_no, 'provider') < ranked.private_share as is_private,
    case
        when draw(ranked.client_no, 'payer') < 0.60
        then 'social_insurance'
        when draw(ranked.client_no, 'payer') < 0.90
        then 'municipality'
        else 'both'
    end as payers
from ranked
left join
    ranked_number
    on ranked.age_group = ranked_number.age_group
    and ranked.sex = ranked_number.sex
    and ranked.rank_in_group = ranked_number.rank_in_group
