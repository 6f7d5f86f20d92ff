{%- set far = "cast('9999-12-31' as date)" -%}
{%- set place = ["area_level", "area_code", "quarter_start"] -%}
{%- set level_sets = [["service_type", "service"], ["service_type"], []] -%}
with

    area as ({{ area_names() }}),

    -- What a quarter rests on: the register of services of its own months, and for what
    -- fell due in it the decisions of the quarter before.
    register_month as (
        select
            area_code as municipality_code,
            {{ period_start("month", "quarter") }} as quarter_start,
            is_due,
            is_collected,
            false as is_of_decisions
        from {{ ref("fct_collection") }}
        where fact = 'service_spell'
    ),

    decision_month as (
        select
            area_code as municipality_code,
            {{ period_start(months_after("month", 3), "quarter") }} as quarter_start,
            false as is_due,
            is_collected,
            true as is_of_decisions
        from {{ ref("fct_collection") }}
        where fact = 'service_decision'
    ),

    owed_month as (
        select *
        from register_month
        union all
        select *
        from decision_month
    ),

    owed_month_at_level as ({{ at_each_level("owed_month") }}),

    quarter as (
        select
            {{ place | join(", ") }},
            {{
                status_of_months(
                    "count(*) filter (where not is_of_decisions and is_collected)",
                    "count(*) filter (where not is_of_decisions)",
                )
            }} as status,
            {{
                status_of_months(
                    "count(*) filter (where is_of_decisions and is_collected)",
                    "count(*) filter (where is_of_decisions)",
                )
            }} as decision_status,
            count(*) filter (
                where is_of_decisions and not is_collected
            ) as missing_decision_months
        from owed_month_at_level
        group by {{ place | join(", ") }}
        having count(*) filter (where is_due) > 0
    ),

    with_due_status as (
        select
            *,
            case
                when 'not_collected' in (status, decision_status)
                then 'not_collected'
                when 'partial' in (status, decision_status)
                then 'partial'
                else 'value'
            end as due_status
        from quarter
    ),

    -- Who waits may have waited since any quarter before.
    with_waiting_status as (
        select
            *,
            case
                when
                    due_status = 'value'
                    and sum(missing_decision_months) over (
                        partition by area_level, area_code order by quarter_start
                    )
                    > 0
                then 'partial'
                else due_status
            end as waiting_status
        from with_due_status
    ),

    favourable as (
        select
            municipality_code,
            decision_key,
            person_key,
            sex,
            service_type,
            service,
            decision_date,
            {{ months_after("decision_date", 3) }} as due_date
        from {{ ref("fct_service_decision") }}
        where outcome in ('granted', 'partial')
    ),

    -- Carried out from the day on which a spell of the service begins that runs on the
    -- day of the decision or after.
    decided as (
        select
            favourable.*,
            min(coalesce(spell.from_date, {{ far }})) over (
                partition by favourable.decision_key
            ) as carried_out_from
        from favourable
        left join
            {{ ref("fct_service_spell") }} as spell
            on favourable.municipality_code = spell.municipality_code
            and favourable.person_key = spell.person_key
            and favourable.service = spell.service
            and coalesce(spell.to_date, {{ far }}) >= favourable.decision_date
        qualify
            row_number() over (
                partition by favourable.decision_key order by spell.from_date
            )
            = 1
    ),

    -- In the quarter in which the three months were up.
    due as (
        select
            *,
            {{ period_start("due_date", "quarter") }} as quarter_start,
            carried_out_from > due_date as is_not_carried_out
        from decided
    ),

    due_at_level as ({{ at_each_level("due") }}),

    municipal_quarter as (
        select distinct
            municipality_code,
            quarter_start,
            {{ period_end("quarter_start", "quarter") }} as quarter_end
        from register_month
        where is_due
    ),

    -- On the last day of the quarter, whenever the three months were up.
    waiting as (
        select
            decided.municipality_code,
            municipal_quarter.quarter_start,
            decided.person_key,
            decided.sex,
            decided.service_type,
            decided.service,
            {{ days_between("decided.decision_date", "municipal_quarter.quarter_end") }}
            as waiting_days
        from decided
        inner join
            municipal_quarter
            on decided.municipality_code = municipal_quarter.municipality_code
            and decided.due_date <= municipal_quarter.quarter_end
            and decided.carried_out_from > municipal_quarter.quarter_end
    ),

    waiting_at_level as ({{ at_each_level("waiting") }}),

    -- Services that ran on some day of the quarter, with their days until its end.
    running as (
        select
            spell.municipality_code,
            municipal_quarter.quarter_start,
            spell.person_key,
            spell.sex,
            spell.service_type,
            spell.service,
            coalesce(spell.to_date, {{ far }})
            > municipal_quarter.quarter_end as is_ongoing,
            {{
                days_between(
                    "spell.from_date",
                    "least(coalesce(spell.to_date, "
                    ~ far
                    ~ "), municipal_quarter.quarter_end)",
                )
            }} + 1 as day_count
        from {{ ref("fct_service_spell") }} as spell
        inner join
            municipal_quarter
            on spell.municipality_code = municipal_quarter.municipality_code
            and spell.from_date <= municipal_quarter.quarter_end
            and coalesce(spell.to_date, {{ far }}) >= municipal_quarter.quarter_start
    ),

    running_at_level as ({{ at_each_level("running") }}),

    {% for counted, relation in {
        "due_counted": "due_at_level",
        "waiting_counted": "waiting_at_level",
        "running_counted": "running_at_level",
    }.items() -%}
        {{ counted }} as (
            select
                {{ place | join(", ") }},
                case when grouping(sex) = 1 then 'total' else sex end as sex,
                {{ service_level_columns() }},
                {% if relation == "due_at_level" -%}
                    count(*) as due_count,
                    count(*) filter (where is_not_carried_out) as not_carried_out_count
                {%- elif relation == "waiting_at_level" -%}
                    count(*) as waiting_count,
                    count(distinct person_key) as waiting_person_count,
                    count(*) filter (
                        where waiting_days > 182
                    ) as waiting_over_half_a_year_count,
                    count(*) filter (
                        where waiting_days > 365
                    ) as waiting_over_a_year_count,
                    sum(waiting_days) as waiting_days,
                    max(waiting_days) as longest_waiting_days
                {%- else -%}
                    count(distinct person_key) filter (where is_ongoing) as user_count,
                    count(*) filter (where is_ongoing) as ongoing_count,
                    sum(day_count) filter (where is_ongoing) as ongoing_days,
                    count(*) filter (where not is_ongoing) as ended_count,
                    sum(day_count) filter (where not is_ongoing) as ended_days
                {%- endif %}
            from {{ relation }}
            group by
                grouping sets (
                    {%- for levels in level_sets %}
                        ({{ (place + ["sex"] + levels) | join(", ") }}),
                        ({{ (place + levels) | join(", ") }})
                        {%- if not loop.last %}, {% endif -%}
                    {%- endfor %}
                )
        ),
    {% endfor %}

    service_level as ({{ service_levels() }}),

    -- The paragraphs by which a quarter is reported, each act its own.
    reported_by as (
        select code, label_sv, label_en
        from {{ ref("dim_category") }}
        where axis = 'reported_by'
    ),

    sex as (
        select code as sex, label_sv, label_en
        from {{ ref("dim_category") }}
        where axis = 'sex'
    )

select
    quarter.area_level,
    quarter.area_code,
    area.area_name,
    quarter.quarter_start,
    service_level.service_type,
    service_level.service,
    service_level.label_sv as service_label_sv,
    service_level.label_en as service_label_en,
    sex.sex,
    sex.label_sv as sex_label_sv,
    sex.label_en as sex_label_en,
    quarter.status,
    quarter.due_status,
    quarter.waiting_status,
    {%- for language in ["sv", "en"] %}
        reported_by.label_{{ language }} as reported_by_{{ language }},
    {%- endfor %}
    {%- for column in ["due_count", "not_carried_out_count"] %}
        case
            when quarter.due_status <> 'not_collected'
            then cast(coalesce(due_counted.{{ column }}, 0) as integer)
        end as {{ column }},
    {%- endfor %}
    case
        when quarter.due_status <> 'not_collected'
        then
            100
            * cast(due_counted.not_carried_out_count as double)
            / due_counted.due_count
    end as not_carried_out_percent,
    {%- for column in [
        "waiting_count",
        "waiting_person_count",
        "waiting_over_half_a_year_count",
        "waiting_over_a_year_count",
    ] %}
        case
            when quarter.waiting_status <> 'not_collected'
            then cast(coalesce(waiting_counted.{{ column }}, 0) as integer)
        end as {{ column }},
    {%- endfor %}
    case
        when quarter.waiting_status <> 'not_collected'
        then
            cast(waiting_counted.waiting_days as double)
            / nullif(waiting_counted.waiting_count, 0)
    end as waiting_mean_days,
    case
        when quarter.waiting_status <> 'not_collected'
        then cast(waiting_counted.longest_waiting_days as integer)
    end as longest_waiting_days,
    {%- for column in ["user_count", "ongoing_count", "ended_count"] %}
        case
            when quarter.status <> 'not_collected'
            then cast(coalesce(running_counted.{{ column }}, 0) as integer)
        end as {{ column }},
    {%- endfor %}
    {%- for kind in ["ongoing", "ended"] %}
        case
            when quarter.status <> 'not_collected'
            then
                cast(running_counted.{{ kind }}_days as double)
                / nullif(running_counted.{{ kind }}_count, 0)
        end as {{ kind }}_mean_days
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
from with_waiting_status as quarter
inner join area on quarter.area_code = area.area_code
cross join service_level
cross join sex
left join
    reported_by
    on reported_by.code = case
        when service_level.service_type <> 'sol'
        then service_level.service_type
        when quarter.quarter_start < cast('2025-07-01' as date)
        then 'sol_2001'
        else 'sol_2025'
    end
{%- for counted in ["due_counted", "waiting_counted", "running_counted"] %}
    left join
        {{ counted }}
        on {% for column in place + ["service_type", "service"] -%}
            {{ "quarter" if column in place else "service_level" }}.{{ column }}
            = {{ counted }}.{{ column }}
            and
        {% endfor -%}
        sex.sex = {{ counted }}.sex
{%- endfor %}
