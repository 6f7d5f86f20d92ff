with

    indicator as (select * from {{ ref("dim_indicator") }}),

    category as (select * from {{ ref("dim_category") }}),

    participant as (
        select
            fact,
            area_code,
            valid_from,
            coalesce(valid_to, cast('9999-12-31' as date)) as valid_to
        from {{ ref("participants") }}
    ),

    -- Areas that owe figures, on the three levels; a published figure has its own
    -- level.
    participant_level as (
        select
            fact,
            case
                when {{ is_municipality("area_code") }}
                then 'municipality'
                else 'county'
            end as area_level,
            area_code,
            valid_from,
            valid_to
        from participant
        union
        select
            fact,
            'county' as area_level,
            {{ county_of("area_code") }},
            min(valid_from),
            max(valid_to)
        from participant
        where {{ is_municipality("area_code") }}
        group by fact, {{ county_of("area_code") }}
        union
        select
            fact,
            'all' as area_level,
            'all' as area_code,
            min(valid_from),
            max(valid_to)
        from participant
        where {{ is_municipality("area_code") }}
        group by fact
    ),

    -- Periods from the first month owed to the last one that anybody delivered for.
    period as (
        select fact, 'month' as period_grain, month as period_start
        from {{ ref("fct_collection") }}
        where is_due
        union
        select fact, 'year', {{ period_start("month", "year") }}
        from {{ ref("fct_collection") }}
    ),

    -- Who leaves and comes back within a year owes the year once.
    cell as (
        select distinct
            indicator.indicator_id,
            participant_level.area_level,
            participant_level.area_code,
            period.period_start,
            period.period_grain,
            indicator_breakdown.category_axis,
            indicator_breakdown.has_age_band,
            indicator_breakdown.has_birth_region,
            indicator.ages
        from indicator
        inner join
            {{ ref("indicator_breakdown") }} as indicator_breakdown
            on indicator.indicator_id = indicator_breakdown.indicator_id
        inner join
            participant_level on indicator.numerator_fact = participant_level.fact
        inner join
            period
            on indicator.numerator_fact = period.fact
            and indicator.period_grain = period.period_grain
            and period.period_start
            >= {{ period_start("participant_level.valid_from", "year") }}
            and period.period_start <= participant_level.valid_to
            and period.period_start
            >= {{ period_start("indicator.valid_from", "year") }}
    ),

    age_band as (
        select true as has_age_band, code, coalesce(parent_code, 'all') as ages
        from category
        where axis = 'age_band'
        union all
        select false, 'total', 'all'
    ),

    birth_region as (
        select true as has_birth_region, code
        from category
        where axis = 'birth_region'
        union all
        select false, 'total'
    ),

    axis_code as (
        select axis, code
        from category
        union all
        select 'total', 'total'
    ),

    sex as (select code from category where axis = 'sex')

select
    cell.indicator_id,
    cell.area_level,
    cell.area_code,
    cell.period_start,
    cell.period_grain,
    sex.code as sex,
    age_band.code as age_band,
    birth_region.code as birth_region,
    cell.category_axis,
    axis_code.code as category
from cell
inner join
    age_band
    on cell.has_age_band = age_band.has_age_band
    and (cell.ages = 'all' or age_band.ages in ('all', cell.ages))
inner join birth_region on cell.has_birth_region = birth_region.has_birth_region
inner join axis_code on cell.category_axis = axis_code.axis
cross join sex
