with

    placement as (
        {{
            union_staging(
                [ref("stg_gamma__boende"), ref("stg_gamma__placering")],
                [
                    "municipality_code",
                    "placement_key",
                    "person_key",
                    "placement_form",
                    "placement_ground",
                    "placement_provider",
                    "unit",
                    "from_date",
                    "to_date",
                    "placement_ending",
                    "placement_ending_reason",
                    "goal_reached",
                ],
            )
        }}
    ),

    placed as (
        select *, coalesce(person_key, md5(placement_key)) as placed_key from placement
    ),

    -- A spell without an end lasts as long as its municipality has told of.
    told as (
        select area_code, max({{ period_end("month", "month") }}) as known_until
        from {{ ref("fct_collection") }}
        where fact = 'placement_year' and is_collected
        group by area_code
    ),

    form as (
        select code, parent_code as placement_group
        from {{ ref("dim_category") }}
        where axis = 'placement_form'
    )

select
    placed.municipality_code,
    placed.placement_key,
    placed.placed_key as person_key,
    {{ sex_on("coalesce(placed.to_date, placed.from_date)") }} as sex,
    cast(
        {{ band("age_band", age_of_person("placed.from_date")) }} as varchar
    ) as age_band,
    cast(
        {{ band("placement_age", age_of_person("placed.from_date")) }} as varchar
    ) as placement_age,
    -- Of whom no age is known, the form tells whether it is a child.
    coalesce(
        {{ age_of_person("placed.from_date") }} >= 18,
        placed.placement_form
        not in ('familjehem', 'natverkshem', 'jourhem', 'sis', 'stodboende')
    ) as is_adult,
    coalesce(person.birth_region, 'unknown') as birth_region,
    placed.placement_form,
    form.placement_group,
    coalesce(placed.placement_ground, 'unknown') as placement_ground,
    coalesce(placed.placement_provider, 'unknown') as placement_provider,
    {{ unit_in_cuts("placed.unit") }} as unit,
    placed.from_date,
    placed.to_date,
    coalesce(told.known_until, placed.to_date, placed.from_date) as known_until,
    placed.to_date is not null as is_ended,
    case
        when placed.to_date is not null
        then coalesce(placed.placement_ending, 'unknown')
    end as placement_ending,
    case
        when placed.to_date is not null
        then coalesce(placed.placement_ending_reason, 'unknown')
    end as placement_ending_reason,
    case
        when placed.to_date is not null then coalesce(placed.goal_reached, 'unknown')
    end as goal_reached,
    cast(
        {{
            days_between(
                "placed.from_date",
                "coalesce(placed.to_date, told.known_until, placed.from_date)",
            )
        }} + 1 as integer
    ) as day_count
from placed
inner join form on placed.placement_form = form.code
left join {{ ref("dim_person") }} as person on placed.placed_key = person.person_key
left join told on placed.municipality_code = told.area_code
