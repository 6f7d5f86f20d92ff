with

    participant as (select * from {{ ref("participants") }}),

    collecting_table as ({{ collecting_tables() }}),

    -- What came, by the delivery log; of figures published by others, what they hold.
    delivery_and_month as (
        select
            collecting_table.fact,
            collecting_table.source_name,
            delivery.area_code,
            delivery_month.month,
            cast(delivery.received_at as date) as received_on
        from raw.log.delivery as delivery
        inner join
            raw.log.delivery_month as delivery_month
            on delivery.delivery_id = delivery_month.delivery_id
        inner join
            collecting_table
            on delivery.source_name = collecting_table.source_name
            and delivery.table_name = collecting_table.table_name
        where {{ is_counted("delivery") }} and delivery.area_code is not null
    ),

    register_month as (
        {{
            month_starts(
                "(select min(valid_from) from participant)",
                "(select max(received_on) from delivery_and_month)",
            )
        }}
    ),

    {# A register that is sent whole tells of every month that was over when it was drawn. -#}
    delivered as (
        select fact, source_name, area_code, month
        from delivery_and_month
        where month is not null
        union
        select
            delivery_and_month.fact,
            delivery_and_month.source_name,
            delivery_and_month.area_code,
            register_month.month
        from delivery_and_month
        inner join
            register_month
            on {{ period_end("register_month.month", "month") }}
            < delivery_and_month.received_on
        where delivery_and_month.month is null
    ),

    collected as (
        select fact, source_name, area_code, month
        from delivered
        union
        -- Cost is known where both volume and ledger have come.
        select 'user_cost', null, area_code, month
        from delivered
        where fact in ('service_volume', 'ledger_entry')
        group by area_code, month
        having count(distinct fact) = 2
        union
        select 'comparison', source_name, area_code, period_start
        from {{ ref("fct_comparison") }}
        where period_grain = 'month' and value is not null
    ),

    fact_horizon as (
        select
            collected.fact,
            min(participant.valid_from) as first_month,
            max(collected.month) as last_month,
            {{ period_end(period_start("max(collected.month)", "year"), "year") }}
            as last_year_end
        from collected
        inner join participant on collected.fact = participant.fact
        group by collected.fact
    ),

    {# Owed to the end of the last year begun, so that a year not yet over is never whole. -#}
    calendar as (
        {{
            month_starts(
                "(select min(first_month) from fact_horizon)",
                "(select max(last_year_end) from fact_horizon)",
            )
        }}
    )

-- Who sends a fact from two systems at once has sent a month when both have.
select
    participant.fact,
    participant.area_code,
    calendar.month,
    'none' as sex,
    calendar.month <= fact_horizon.last_month as is_due,
    count(*) = count(collected.month) as is_collected
from participant
inner join fact_horizon on participant.fact = fact_horizon.fact
inner join
    calendar
    on calendar.month >= participant.valid_from
    and calendar.month <= coalesce(participant.valid_to, cast('9999-12-31' as date))
    and calendar.month <= fact_horizon.last_year_end
left join
    collected
    on participant.fact = collected.fact
    and participant.area_code = collected.area_code
    and calendar.month = collected.month
    and (
        participant.source_name = collected.source_name
        or participant.source_name is null
    )
group by
    participant.fact, participant.area_code, calendar.month, fact_horizon.last_month
