with

    owed_year as (
        select distinct {{ period_start("month", "year") }} as placement_year
        from {{ ref("fct_collection") }}
        where fact = 'placement_year'
    ),

    placement as (
        select *, coalesce(to_date, known_until) as last_day
        from {{ ref("fct_placement") }}
    ),

    placement_year as (
        select
            placement.*,
            owed_year.placement_year,
            {{ period_end("owed_year.placement_year", "year") }} as year_end
        from placement
        inner join
            owed_year
            on placement.from_date
            <= {{ period_end("owed_year.placement_year", "year") }}
            and placement.last_day >= owed_year.placement_year
    )

select
    placement_year.municipality_code,
    placement_year.placement_key,
    placement_year.placement_year,
    placement_year.person_key,
    -- One person has one sex in a year, whenever the spells of the year ended.
    {{ sex_on("placement_year.placement_year") }} as sex,
    placement_year.age_band,
    placement_year.placement_age,
    placement_year.is_adult,
    placement_year.birth_region,
    placement_year.placement_form,
    placement_year.placement_group,
    placement_year.placement_ground,
    placement_year.placement_provider,
    -- A family home is a family, and a row about it one about the few who live there.
    case
        when
            placement_year.placement_group = 'family_home'
            and placement_year.unit <> 'withheld'
        then 'family_homes'
        else placement_year.unit
    end as unit,
    placement_year.placement_group <> 'own_home' as is_placement,
    placement_year.is_ended
    and placement_year.to_date <= placement_year.year_end as has_ended,
    case
        when placement_year.to_date <= placement_year.year_end
        then placement_year.placement_ending
    end as placement_ending,
    case
        when placement_year.to_date <= placement_year.year_end
        then placement_year.placement_ending_reason
    end as placement_ending_reason,
    case
        when placement_year.to_date <= placement_year.year_end
        then placement_year.goal_reached
    end as goal_reached,
    cast(
        {{
            days_between(
                "greatest(placement_year.from_date, placement_year.placement_year)",
                "least(placement_year.last_day, placement_year.year_end)",
            )
        }} + 1 as integer
    ) as day_count,
    case
        when placement_year.to_date <= placement_year.year_end
        then placement_year.day_count
    end as ended_day_count
from placement_year
left join
    {{ ref("dim_person") }} as person on placement_year.person_key = person.person_key
