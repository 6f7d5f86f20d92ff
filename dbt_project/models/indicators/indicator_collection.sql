with

    month_owed as (select * from {{ ref("fct_collection") }}),

    level as (
        select
            fact,
            case
                when {{ is_municipality("area_code") }}
                then 'municipality'
                else 'county'
            end as area_level,
            area_code,
            month,
            is_due,
            is_collected
        from month_owed
        union all
        select fact, 'county', {{ county_of("area_code") }}, month, is_due, is_collected
        from month_owed
        where {{ is_municipality("area_code") }}
        union all
        select fact, 'all', 'all', month, is_due, is_collected
        from month_owed
        where {{ is_municipality("area_code") }}
    ),

    last_month as (
        select fact, max(month) as last_month from month_owed where is_due group by fact
    ),

    period as (
        select
            fact,
            area_level,
            area_code,
            'month' as period_grain,
            month as period_start,
            is_collected
        from level
        union all
        select
            fact,
            area_level,
            area_code,
            'year',
            {{ period_start("month", "year") }},
            is_collected
        from level
    )

select
    period.fact,
    period.area_level,
    period.area_code,
    period.period_grain,
    period.period_start,
    count(*) as month_count,
    count(*) filter (where period.is_collected) as collected_month_count,
    -- How many months past the period's end somebody has delivered for.
    extract(year from last_month.last_month) * 12
    + extract(month from last_month.last_month)
    - extract(year from period.period_start) * 12
    - case
        when period.period_grain = 'year'
        then 12
        else extract(month from period.period_start)
    end as months_known_after
from period
inner join last_month on period.fact = last_month.fact
group by 1, 2, 3, 4, 5, last_month.last_month
