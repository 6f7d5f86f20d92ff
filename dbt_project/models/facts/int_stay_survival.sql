{#-
    How long stays last, where some still do and some began before the register. Kaplan-Meier:
    whoever lived there when the register began is at risk from then only (left truncation),
    whoever still lives there until today (right censoring). The median has the interval of the
    log-log of the curve (Brookmeyer and Crowley), the restricted mean Greenwood's variance.
-#}
{#- Five years: the restricted mean is the days lived there in the first five years. -#}
{%- set restricted_to_days = 1826 -%}
{%- set fewest_at_risk = 5 -%}
{%- set cell = "area_level, area_code, service, age_interval, sex" -%}
{%- set until_the_day = (
    "over (partition by "
    ~ cell
    ~ " order by day rows between unbounded preceding and current row)"
) -%}
with

    move as (
        select
            {{ cell }},
            entry_days as day,
            stay_count as came_count,
            0 as left_count,
            0 as ended_count
        from {{ ref("int_stay_group") }}
        union all
        select
            {{ cell }},
            stay_days,
            0,
            stay_count,
            case when is_ended then stay_count else 0 end
        from {{ ref("int_stay_group") }}
        -- Few may be at risk from the first day on.
        union all
        select {{ cell }}, 0, 0, 0, 0
        from {{ ref("int_stay_group") }}
    ),

    moved as (
        select
            {{ cell }},
            day,
            sum(came_count) as came_count,
            sum(left_count) as left_count,
            sum(ended_count) as ended_count
        from move
        group by {{ cell }}, day
    ),

    -- At risk on a day is who has come before it and still lives there on it.
    living as (
        select
            *,
            sum(came_count - left_count) {{ until_the_day }} as next_at_risk_count,
            sum(came_count - left_count) {{ until_the_day }}
            - came_count
            + left_count as at_risk_count
        from moved
    ),

    -- The curve tells nothing from the first day on at which few are at risk, whether
    -- anybody moves out that day or not.
    cell as (
        select
            {{ cell }},
            min(day) filter (where next_at_risk_count < {{ fewest_at_risk }})
            + 1 as told_until
        from living
        group by {{ cell }}
    ),

    step as (
        select
            {{ cell }},
            day,
            lead(day) over (partition by {{ cell }} order by day) as next_day,
            min(at_risk_count - ended_count) {{ until_the_day }} = 0 as nobody_stayed,
            sum(
                case
                    when at_risk_count > ended_count
                    then
                        ln(
                            cast(at_risk_count as double)
                            / (at_risk_count - ended_count)
                        )
                end
            ) {{ until_the_day }} as hazard,
            cast(ended_count as double) / (
                at_risk_count * greatest(at_risk_count - ended_count, 1)
            ) as relative_variance
        from living
        where ended_count > 0
    ),

    curve as (
        select
            *,
            case when nobody_stayed then 0 else exp(- hazard) end as share,
            not nobody_stayed
            and hazard * abs(ln(hazard) - ln(ln(2)))
            <= {{ real(normal_95()) }}
            * sqrt(sum(relative_variance) {{ until_the_day }}) as may_be_half
        from step
    ),

    median as (
        select
            {{ cell }},
            min(day) filter (where {{ is_above("0.5", "share") }}) as median_days,
            min(day) filter (where may_be_half) as lower_days,
            -- The first end after the interval; null where the curve ends within it.
            case
                when max(day) filter (where may_be_half) < max(day)
                then max(next_day) filter (where may_be_half)
            end as upper_days
        from curve
        group by {{ cell }}
    ),

    lived as (
        select
            *,
            share * (
                least(
                    coalesce(next_day, {{ restricted_to_days }}),
                    {{ restricted_to_days }}
                )
                - day
            ) as lived_days
        from curve
        where day < {{ restricted_to_days }}
    ),

    -- What is lived after each end, weighted by Greenwood's terms.
    lived_after as (
        select
            *,
            sum(lived_days) over (
                partition by {{ cell }}
                order by day
                rows between current row and unbounded following
            ) as days_after
        from lived
    ),

    restricted_mean as (
        select
            {{ cell }},
            min(day) + sum(lived_days) as mean_days,
            {{ real(normal_95()) }}
            * sqrt(sum(pow(days_after, 2) * relative_variance)) as reach_days
        from lived_after
        group by {{ cell }}
    ),

    -- Without a spread nothing is known: where nobody moves out, of who will.
    told as (
        select
            cell.*,
            case
                when
                    median.median_days < cell.told_until
                    and median.lower_days is not null
                then median.median_days
            end as median_days,
            median.lower_days,
            median.upper_days,
            case
                when
                    cell.told_until > {{ restricted_to_days }}
                    and restricted_mean.reach_days > 0
                then restricted_mean.mean_days
            end as mean_days,
            restricted_mean.reach_days
        from cell
        left join
            median
            on cell.area_level = median.area_level
            and cell.area_code = median.area_code
            and cell.service = median.service
            and cell.age_interval = median.age_interval
            and cell.sex = median.sex
        left join
            restricted_mean
            on cell.area_level = restricted_mean.area_level
            and cell.area_code = restricted_mean.area_code
            and cell.service = restricted_mean.service
            and cell.age_interval = restricted_mean.age_interval
            and cell.sex = restricted_mean.sex
    )

select
    {{ cell }},
    cast(median_days as double) as median_days,
    cast(
        case
            when median_days is not null and lower_days < told_until then lower_days
        end as double
    ) as median_lower_days,
    cast(
        case
            when median_days is not null and upper_days < told_until then upper_days
        end as double
    ) as median_upper_days,
    mean_days,
    mean_days - reach_days as mean_lower_days,
    case
        when mean_days is not null
        then least(mean_days + reach_days, {{ restricted_to_days }})
    end as mean_upper_days,
    {{ restricted_to_days }} as restricted_to_days,
    'kaplan_meier_left_truncated_greenwood_95' as method_id
from told
