with

    category as (select * from {{ ref("dim_category") }}),

    area as ({{ area_names() }}),

    step as (
        select case_steps.*, category.label_sv, category.label_en
        from {{ ref("case_steps") }} as case_steps
        inner join
            category
            on category.axis = 'case_step'
            and case_steps.case_step = category.code
    ),

    sex as (select code as sex, label_sv, label_en from category where axis = 'sex'),

    household as (
        select code as household_type, label_sv, label_en
        from category
        where axis = 'household_type'
        union all
        select 'total', 'Totalt', 'Total'
    ),

    owed_year as ({{ owed_years("case_step") }}),

    period as (
        select area_level, area_code, year_start as period_start, release_status
        from owed_year
        where status <> 'not_collected'
    ),

    case_step as (
        select *, {{ period_start("episode_start", "year") }} as period_start
        from {{ ref("fct_case_step") }}
        where is_adult and has_known_beginning
    ),

    counted as (
        {%- for area_level, area_code in area_levels().items() %}
            select
                '{{ area_level }}' as area_level,
                {{ area_code }} as area_code,
                period_start,
                case_step,
                case when grouping(sex) = 1 then 'total' else sex end as sex,
                case
                    when grouping(household_type) = 1 then 'total' else household_type
                end as household_type,
                count(*) as episode_count,
                count(*) filter (where is_followed) as followed_count,
                count(*) filter (where is_followed and is_reached) as reached_count,
                count(*) filter (
                    where is_followed and is_previous_reached
                ) as entered_count,
                count(*) filter (
                    where is_followed and is_previous_reached and is_reached
                ) as passed_count,
                count(*) filter (where is_out_of_order) as out_of_order_count,
                {%- for days in ["lead_days", "days_from_application"] %}
                    {%- set reached = "is_followed and is_reached" %}
                    sum({{ days }}) filter (where {{ reached }}) as {{ days }}_sum,
                    count({{ days }}) filter (where {{ reached }}) as {{ days }}_count,
                    {{ quantile(days, 0.5) }} filter (
                        where {{ reached }}
                    ) as {{ days }}_median,
                    {{ quantile(days, 0.9) }} filter (
                        where {{ reached }}
                    ) as {{ days }}_p90
                    {%- if not loop.last %}, {% endif -%}
                {%- endfor %}
            from case_step
            group by
                grouping sets (
                    (area_code, period_start, case_step, sex, household_type),
                    (area_code, period_start, case_step, sex),
                    (area_code, period_start, case_step, household_type),
                    (area_code, period_start, case_step)
                )
            {%- if not loop.last %}
                union all
            {% endif -%}
        {%- endfor %}
    ),

    complete as (
        select
            period.area_level,
            period.area_code,
            area.area_name,
            cast(extract(year from period.period_start) as integer) as year,
            household.household_type,
            household.label_sv as household_type_label_sv,
            household.label_en as household_type_label_en,
            step.case_step,
            step.label_sv as case_step_label_sv,
            step.label_en as case_step_label_en,
            step.step_position,
            sex.sex,
            sex.label_sv as sex_label_sv,
            sex.label_en as sex_label_en,
            period.release_status,
            coalesce(counted.episode_count, 0) as episode_count,
            coalesce(counted.followed_count, 0) as followed_count,
            coalesce(counted.reached_count, 0) as reached_count,
            coalesce(counted.entered_count, 0) as entered_count,
            coalesce(counted.passed_count, 0) as passed_count,
            coalesce(counted.out_of_order_count, 0) as out_of_order_count
            {%- for days in ["lead_days", "days_from_application"] %}
                ,
                counted.{{ days }}_sum,
                counted.{{ days }}_count,
                counted.{{ days }}_median,
                counted.{{ days }}_p90
            {%- endfor %}
        from period
        inner join area on period.area_code = area.area_code
        cross join step
        cross join sex
        cross join household
        left join
            counted
            on period.area_level = counted.area_level
            and period.area_code = counted.area_code
            and period.period_start = counted.period_start
            and step.case_step = counted.case_step
            and sex.sex = counted.sex
            and household.household_type = counted.household_type
    )

select
    area_level,
    area_code,
    area_name,
    year,
    household_type,
    household_type_label_sv,
    household_type_label_en,
    case_step,
    case_step_label_sv,
    case_step_label_en,
    step_position,
    sex,
    sex_label_sv,
    sex_label_en,
    episode_count,
    followed_count,
    reached_count,
    entered_count,
    passed_count,
    entered_count - passed_count as drop_off_count,
    out_of_order_count,
    case
        when followed_count > 0
        then cast(reached_count as double) * 100 / followed_count
    end as conversion_from_start_percent,
    case
        when entered_count > 0 then cast(passed_count as double) * 100 / entered_count
    end as conversion_from_previous_percent,
    case
        when entered_count > 0
        then cast(entered_count - passed_count as double) * 100 / entered_count
    end as drop_off_percent
    {%- for days in ["lead_days", "days_from_application"] %}
        ,
        case
            when {{ days }}_count > 0
            then cast({{ days }}_sum as double) / {{ days }}_count
        end as {{ days }}_mean,
        cast({{ days }}_median as double) as {{ days }}_median,
        cast({{ days }}_p90 as double) as {{ days }}_p90
    {%- endfor %},
    release_status
from complete
