with

    in_ledger as (
        select
            municipality_code,
            {{ period_start("booking_date", "year") }} as period_start,
            coalesce(activity_code, 'unknown') as activity_code,
            sum(amount_sek) as ledger_sek
        from {{ ref("fct_ledger_entry") }}
        where entry_kind in ('gross_cost', 'internal_income', 'sales_to_others')
        group by 1, 2, 3
    ),

    borne as (
        select
            service_cost.municipality_code,
            service_cost.period_start,
            service_cost.activity_code,
            service_cost.service,
            coalesce(unit_price.is_allocated, false) as is_allocated,
            service_cost.cost_ore * cast(0.01 as decimal(3, 2)) as cost_sek
        from {{ ref("int_service_cost") }} as service_cost
        left join
            {{ ref("int_unit_price") }} as unit_price
            on service_cost.municipality_code = unit_price.municipality_code
            and service_cost.period_start = unit_price.period_start
            and service_cost.service = unit_price.service
    ),

    borne_by_activity as (
        select
            municipality_code,
            period_start,
            activity_code,
            sum(case when is_allocated then cost_sek else 0 end) as allocated_sek,
            sum(case when is_allocated then 0 else cost_sek end) as unallocated_sek
        from borne
        group by 1, 2, 3
    ),

    borne_by_service as (
        select
            municipality_code,
            period_start,
            service,
            sum(cost_sek) as ledger_sek,
            sum(case when is_allocated then 0 else cost_sek end) as unallocated_sek
        from borne
        group by 1, 2, 3
    ),

    ledger_month as (
        select area_code, month
        from {{ ref("fct_collection") }}
        where fact = 'ledger_entry' and is_collected
    ),

    of_persons as (
        select
            user_cost.municipality_code,
            {{ period_start("user_cost.service_month", "year") }} as period_start,
            user_cost.service,
            sum(user_cost.amount_sek) as allocated_sek,
            count(*) filter (
                where ledger_month.month is null
            ) as row_count_before_ledger
        from {{ ref("fct_user_cost") }} as user_cost
        left join
            ledger_month
            on user_cost.municipality_code = ledger_month.area_code
            and user_cost.service_month = ledger_month.month
        group by 1, 2, 3
    ),

    reconciled as (
        select
            coalesce(
                in_ledger.municipality_code, borne_by_activity.municipality_code
            ) as area_code,
            coalesce(
                in_ledger.period_start, borne_by_activity.period_start
            ) as period_start,
            coalesce(
                in_ledger.activity_code, borne_by_activity.activity_code
            ) as activity_code,
            'total' as service,
            coalesce(in_ledger.ledger_sek, 0) as ledger_sek,
            coalesce(borne_by_activity.allocated_sek, 0) as allocated_sek,
            coalesce(borne_by_activity.unallocated_sek, 0) as unallocated_sek,
            0 as row_count_before_ledger
        from in_ledger
        full join
            borne_by_activity
            on in_ledger.municipality_code = borne_by_activity.municipality_code
            and in_ledger.period_start = borne_by_activity.period_start
            and in_ledger.activity_code = borne_by_activity.activity_code
        union all
        select
            coalesce(borne_by_service.municipality_code, of_persons.municipality_code),
            coalesce(borne_by_service.period_start, of_persons.period_start),
            'total',
            coalesce(borne_by_service.service, of_persons.service),
            coalesce(borne_by_service.ledger_sek, 0),
            coalesce(of_persons.allocated_sek, 0),
            coalesce(borne_by_service.unallocated_sek, 0),
            coalesce(of_persons.row_count_before_ledger, 0)
        from borne_by_service
        full join
            of_persons
            on borne_by_service.municipality_code = of_persons.municipality_code
            and borne_by_service.period_start = of_persons.period_start
            and borne_by_service.service = of_persons.service
    )

select
    area_code,
    period_start,
    activity_code,
    service,
    cast(ledger_sek as decimal(18, 2)) as ledger_sek,
    cast(allocated_sek as decimal(18, 2)) as allocated_sek,
    cast(unallocated_sek as decimal(18, 2)) as unallocated_sek,
    case
        when ledger_sek <> allocated_sek + unallocated_sek
        then 'what is allocated and unallocated is not what the ledger holds'
        when row_count_before_ledger > 0
        then 'users have a cost in months whose ledger has not come'
    end as violation
from reconciled
