{%- set measures = [
    "cost_sek",
    "user_count",
    "performed_quantity",
    "decision_count",
    "resident_count",
] %}
with

    user_cost as ({{ at_each_level(ref("fct_user_cost")) }}),

    decision as ({{ at_each_level(ref("fct_service_decision")) }}),

    owed_year as ({{ owed_years("user_cost") }}),

    owed_decision_year as ({{ owed_years("service_decision") }}),

    area as ({{ area_names() }}),

    service_level as ({{ service_levels() }}),

    cost_by_sex as (
        select
            area_level,
            area_code,
            {{ period_start("service_month", "year") }} as period_start,
            {{ service_level_columns() }},
            case
                when grouping(age_interval) = 1 then 'total' else age_interval
            end as age_interval,
            sex,
            sum(amount_sek) as cost_sek,
            count(distinct case when is_known_person then person_key end) as user_count,
            case
                when grouping(service) = 0 then sum(performed_quantity)
            end as performed_quantity
        from user_cost
        group by
            area_level,
            area_code,
            period_start,
            sex,
            grouping sets ((), (service_type), (service_type, service)),
            cube (age_interval)
    ),

    decisions_by_sex as (
        select
            area_level,
            area_code,
            {{ period_start("decision_date", "year") }} as period_start,
            {{ service_level_columns() }},
            case
                when grouping(age_interval) = 1 then 'total' else age_interval
            end as age_interval,
            sex,
            count(*) as decision_count
        from decision
        group by
            area_level,
            area_code,
            period_start,
            sex,
            grouping sets ((), (service_type), (service_type, service)),
            cube (age_interval)
    ),

    population_by_area as (
        select
            area_code as municipality_code,
            {{ period_start("reference_date", "year") }} as period_start,
            sex,
            age_interval,
            sum(resident_count) as resident_count
        from {{ ref("fct_population") }}
        where birth_region = 'total'
        group by 1, 2, 3, 4
    ),

    residents_at_each_level as ({{ at_each_level("population_by_area") }}),

    residents as (
        select
            area_level,
            area_code,
            period_start,
            case
                when grouping(age_interval) = 1 then 'total' else age_interval
            end as age_interval,
            sex,
            sum(resident_count) as resident_count
        from residents_at_each_level
        where
            municipality_code in (
                select area_code from {{ ref("participants") }} where fact = 'user_cost'
            )
        group by area_level, area_code, period_start, sex, cube (age_interval)
    ),

    by_sex as (
        select
            cost_by_sex.*,
            coalesce(decisions_by_sex.decision_count, 0) as decision_count,
            residents.resident_count
        from cost_by_sex
        left join
            decisions_by_sex
            on cost_by_sex.area_code = decisions_by_sex.area_code
            and cost_by_sex.period_start = decisions_by_sex.period_start
            and cost_by_sex.service_type = decisions_by_sex.service_type
            and cost_by_sex.service = decisions_by_sex.service
            and cost_by_sex.age_interval = decisions_by_sex.age_interval
            and cost_by_sex.sex = decisions_by_sex.sex
        left join
            residents
            on cost_by_sex.area_code = residents.area_code
            and cost_by_sex.period_start = residents.period_start
            and cost_by_sex.age_interval = residents.age_interval
            and cost_by_sex.sex = residents.sex
    ),

    side_by_side as (
        select
            area_level,
            area_code,
            period_start,
            service_type,
            service,
            age_interval
            {%- for measure in measures %}
                {%- for sex in ["women", "men"] %}
                    ,
                    coalesce(
                        sum({{ measure }}) filter (where sex = '{{ sex }}'), 0
                    ) as {{ sex }}_{{ measure }}
                {%- endfor %}
            {%- endfor %},
            coalesce(
                sum(cost_sek) filter (where sex not in ('women', 'men')), 0
            ) as unknown_cost_sek,
            coalesce(
                sum(user_count) filter (where sex not in ('women', 'men')), 0
            ) as unknown_user_count
        from by_sex
        group by 1, 2, 3, 4, 5, 6
    ),

    {# Of women and men: whose sex is unknown has a share of neither. -#}
    with_share as (
        select
            *
            {%- for measure in measures %}
                ,
                case
                    when women_{{ measure }} + men_{{ measure }} <> 0
                    then
                        cast(women_{{ measure }} as double)
                        / cast(women_{{ measure }} + men_{{ measure }} as double)
                end as women_share_of_{{ measure }}
            {%- endfor %},
            women_cost_sek + men_cost_sek as both_cost_sek,
            -- Where nobody says who the users are, no women are not zero women.
            women_user_count + men_user_count + unknown_user_count > 0
            or unknown_cost_sek = 0 as are_users_told
        from side_by_side
    ),

    at_population as (
        select
            *,
            cast(
                round(
                    cast(both_cost_sek as double) * women_share_of_resident_count, 2
                ) as decimal(18, 2)
            ) as cost_at_age_share
        from with_share
    ),

    -- Who is to be of what ages is the service's: kronor of all ages are those of each
    -- age at its own population, and those of unknown age stay where they are.
    with_shares as (
        select
            *,
            case
                when age_interval <> 'total' or cost_at_age_share is null
                then cost_at_age_share
                else
                    sum(
                        case
                            when age_interval <> 'total'
                            then coalesce(cost_at_age_share, women_cost_sek)
                        end
                    ) over (
                        partition by
                            area_level, area_code, period_start, service_type, service
                    )
            end as women_cost_at_population
        from at_population
    ),

    owed as (
        {{ owed_cells("with_shares", ["service_type", "service", "age_interval"]) }}
    )

select
    owed.area_level,
    owed.area_code,
    area.area_name,
    owed.period_start,
    owed.service_type,
    owed.service,
    owed.age_interval,
    case
        when not with_shares.are_users_told then 'users_not_told' else owed.status
    end as status,
    owed.release_status,
    {%- for sex in ["women", "men"] %}
        case
            when with_shares.are_users_told
            then cast(with_shares.{{ sex }}_cost_sek as decimal(18, 2))
        end as {{ sex }}_cost_sek,
    {%- endfor %}
    cast(with_shares.unknown_cost_sek as decimal(18, 2)) as unknown_cost_sek,
    {%- for sex in ["women", "men"] %}
        case
            when with_shares.are_users_told
            then cast(with_shares.{{ sex }}_user_count as integer)
        end as {{ sex }}_user_count,
    {%- endfor %}
    cast(with_shares.unknown_user_count as integer) as unknown_user_count,
    with_shares.women_share_of_cost_sek as women_share_of_cost,
    with_shares.women_share_of_user_count as women_share_of_users,
    with_shares.women_share_of_performed_quantity as women_share_of_volume,
    case
        when owed_decision_year.status = 'value'
        then with_shares.women_share_of_decision_count
    end as women_share_of_decisions,
    case
        when with_shares.age_interval = 'total'
        then
            cast(with_shares.women_cost_at_population as double)
            / cast(nullif(with_shares.both_cost_sek, 0) as double)
        else with_shares.women_share_of_resident_count
    end as women_share_of_population,
    cast(
        with_shares.women_cost_at_population as decimal(18, 2)
    ) as women_cost_at_population_share_sek,
    cast(
        with_shares.women_cost_at_population
        - with_shares.women_cost_sek as decimal(18, 2)
    ) as moved_to_women_at_population_share_sek,
    cast(
        round(
            cast(with_shares.both_cost_sek as double)
            * with_shares.women_share_of_user_count,
            2
        ) as decimal(18, 2)
    ) - cast(
        with_shares.women_cost_sek as decimal(18, 2)
    ) as moved_to_women_at_user_share_sek,
    {{ average_price_caution("sv", "owed.area_level") }} as caution_sv,
    {{ average_price_caution("en", "owed.area_level") }} as caution_en
from owed
inner join area on owed.area_code = area.area_code
left join
    owed_decision_year
    on owed.area_level = owed_decision_year.area_level
    and owed.area_code = owed_decision_year.area_code
    and owed.period_start = owed_decision_year.year_start
left join
    with_shares
    on owed.area_level = with_shares.area_level
    and owed.area_code = with_shares.area_code
    and owed.period_start = with_shares.period_start
    and owed.service_type = with_shares.service_type
    and owed.service = with_shares.service
    and owed.age_interval = with_shares.age_interval
