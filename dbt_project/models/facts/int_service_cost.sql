with

    {# Fees and grants are income and no lower cost: other_income is left out. -#}
    activity_cost as (
        select
            municipality_code,
            {{ period_start("booking_date", "year") }} as period_start,
            coalesce(activity_code, 'unknown') as activity_code,
            service,
            is_common_cost,
            cast(sum(amount_sek) * 100 as bigint) as cost_ore
        from {{ ref("fct_ledger_entry") }}
        where entry_kind in ('gross_cost', 'internal_income', 'sales_to_others')
        group by 1, 2, 3, 4, 5
    ),

    allocation_key as (
        select
            municipality_code,
            period_start,
            activity_code,
            service,
            cast(cost_share * 1000000 as bigint) as millionths,
            cast(
                sum(cost_share) over (
                    partition by municipality_code, period_start, activity_code
                    order by service
                    rows between unbounded preceding and current row
                )
                * 1000000 as bigint
            ) as millionths_so_far
        from {{ ref("stg_ekonomi__fordelningsnyckel") }}
    ),

    shared as (
        select
            activity_cost.municipality_code,
            activity_cost.period_start,
            activity_cost.activity_code,
            allocation_key.service,
            {{
                proportional_part(
                    "activity_cost.cost_ore",
                    "allocation_key.millionths_so_far",
                    "1000000",
                )
            }}
            - {{
                proportional_part(
                    "activity_cost.cost_ore",
                    "allocation_key.millionths_so_far - allocation_key.millionths",
                    "1000000",
                )
            }} as cost_ore
        from activity_cost
        inner join
            allocation_key
            on activity_cost.municipality_code = allocation_key.municipality_code
            and activity_cost.period_start = allocation_key.period_start
            and activity_cost.activity_code = allocation_key.activity_code
        where activity_cost.is_common_cost
    ),

    shared_by_activity as (
        select municipality_code, period_start, activity_code, sum(cost_ore) as cost_ore
        from shared
        group by 1, 2, 3
    ),

    -- What no key shares out stays with the activity: no service bears it.
    left_over as (
        select
            activity_cost.municipality_code,
            activity_cost.period_start,
            activity_cost.activity_code,
            activity_cost.cost_ore
            - coalesce(shared_by_activity.cost_ore, 0) as cost_ore
        from activity_cost
        left join
            shared_by_activity
            on activity_cost.municipality_code = shared_by_activity.municipality_code
            and activity_cost.period_start = shared_by_activity.period_start
            and activity_cost.activity_code = shared_by_activity.activity_code
        where activity_cost.service is null
    )

select municipality_code, period_start, activity_code, service, cost_ore
from activity_cost
where service is not null
union all
select municipality_code, period_start, activity_code, service, cost_ore
from shared
union all
select
    municipality_code,
    period_start,
    activity_code,
    'none' as service,
    cast(cost_ore as bigint) as cost_ore
from left_over
where cost_ore <> 0
