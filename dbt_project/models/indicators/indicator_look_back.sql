with

    look_back as (
        select distinct numerator_fact as fact, period_grain, look_back_months
        from {{ ref("dim_indicator") }}
        where look_back_months > 0
    ),

    month_owed as (
        select fact, area_code as municipality_code, month, is_collected
        from {{ ref("fct_collection") }}
        where {{ is_municipality("area_code") }}
    ),

    participant as (
        select fact, municipality_code, min(month) as first_month
        from month_owed
        group by fact, municipality_code
    ),

    in_period as (
        select
            fact,
            municipality_code,
            'month' as period_grain,
            month as period_start,
            is_collected
        from month_owed
        union all
        select
            fact,
            municipality_code,
            'year',
            {{ period_start("month", "year") }},
            is_collected
        from month_owed
    ),

    period as (
        select
            fact,
            municipality_code,
            period_grain,
            period_start,
            count(*) as month_count,
            count(*) filter (where is_collected) as collected_month_count
        from in_period
        group by fact, municipality_code, period_grain, period_start
    ),

    looking_back as (
        select
            period.*,
            look_back.look_back_months,
            {{ months_after("period.period_start", "(-look_back.look_back_months)") }}
            as looks_back_to
        from period
        inner join
            look_back
            on period.fact = look_back.fact
            and period.period_grain = look_back.period_grain
    ),

    earlier as (
        select
            looking_back.fact,
            looking_back.municipality_code,
            looking_back.period_grain,
            looking_back.period_start,
            looking_back.look_back_months,
            count(*) as collected_month_count
        from looking_back
        inner join
            month_owed
            on looking_back.fact = month_owed.fact
            and looking_back.municipality_code = month_owed.municipality_code
            and month_owed.month >= looking_back.looks_back_to
            and month_owed.month < looking_back.period_start
        where month_owed.is_collected
        group by 1, 2, 3, 4, 5
    ),

    -- Of a municipality that joined later than the figure looks back to, nothing of it
    -- has come, however whole the period itself is.
    municipality as (
        select
            looking_back.fact,
            looking_back.municipality_code,
            looking_back.period_grain,
            looking_back.period_start,
            looking_back.look_back_months,
            looking_back.month_count + looking_back.look_back_months as month_count,
            case
                when participant.first_month <= looking_back.looks_back_to
                then
                    looking_back.collected_month_count
                    + coalesce(earlier.collected_month_count, 0)
                else 0
            end as collected_month_count
        from looking_back
        inner join
            participant
            on looking_back.fact = participant.fact
            and looking_back.municipality_code = participant.municipality_code
        left join
            earlier
            on looking_back.fact = earlier.fact
            and looking_back.municipality_code = earlier.municipality_code
            and looking_back.period_grain = earlier.period_grain
            and looking_back.period_start = earlier.period_start
            and looking_back.look_back_months = earlier.look_back_months
    ),

    area as ({{ at_each_level("municipality") }})

select
    fact,
    look_back_months,
    area_level,
    area_code,
    period_grain,
    period_start,
    cast(sum(month_count) as bigint) as month_count,
    cast(sum(collected_month_count) as bigint) as collected_month_count
from area
group by fact, look_back_months, area_level, area_code, period_grain, period_start
