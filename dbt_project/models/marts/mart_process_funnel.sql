{#- Days of the steps taken in time: of them a cell has mean, median and 90th percentile. -#}
{%- set durations = ["lead_days", "days_from_application"] -%}
with

    step as (select * from {{ ref("case_steps") }}),

    label as (select * from {{ ref("dim_label") }}),

    sex as (select * from {{ ref("dim_sex") }}),

    area as (select * from {{ ref("dim_area") }}),

    indicator as (
        select final_after_months
        from {{ ref("dim_indicator") }}
        where indicator_id = 'case_step_share'
    ),

    owed_year as (
        {{ owed_years("case_step", "(select final_after_months from indicator)") }}
    ),

    case_step as (
        select *, {{ period_start("episode_start", "year") }} as year_start
        from {{ ref("fct_case_step") }}
        where is_adult and has_known_beginning
    ),

    case_step_at_level as ({{ at_each_level("case_step") }}),

    -- Counts and quantiles in one reading of the cases: as blocks they would be nine,
    -- and each quantile a reading of its own for every cut.
    counted as (
        select
            area_level,
            area_code,
            year_start,
            case_step,
            case when grouping(sex) = 1 then 'total' else sex end as sex,
            case
                when grouping(household_type) = 1 then 'total' else household_type
            end as household_type,
            count(*) as episode_count,
            count(is_followed) filter (
                where case_step <> 'return' or closing_date is not null
            ) as to_follow_count,
            count(*) filter (where is_followed) as followed_count,
            count(*) filter (where is_followed and is_reached) as reached_count,
            count(*) filter (
                where is_followed and is_previous_reached
            ) as entered_count,
            count(*) filter (
                where is_followed and is_previous_reached and is_reached
            ) as passed_count,
            count(*) filter (where is_out_of_order) as out_of_order_count
            {%- for days in durations %}
                {%- set reached = "is_followed and is_reached" %},
                cast(sum({{ days }}) filter (where {{ reached }}) as double) / nullif(
                    count({{ days }}) filter (where {{ reached }}), 0
                ) as {{ days }}_mean,
                {{ quantile(days, 0.5) }} filter (
                    where {{ reached }}
                ) as {{ days }}_median,
                {{ quantile(days, 0.9) }} filter (where {{ reached }}) as {{ days }}_p90
            {%- endfor %}
        from case_step_at_level
        group by
            area_level, area_code, year_start, case_step, cube (sex, household_type)
    )

select
    owed_year.area_level,
    owed_year.area_code,
    area.area_name,
    owed_year.year,
    household.code as household_type,
    household.label_sv as household_type_label_sv,
    household.label_en as household_type_label_en,
    step.case_step,
    step_label.label_sv as case_step_label_sv,
    step_label.label_en as case_step_label_en,
    step.step_position,
    sex.sex,
    sex.label_sv as sex_label_sv,
    sex.label_en as sex_label_en,
    {%- for count in [
        "episode_count",
        "followed_count",
        "reached_count",
        "entered_count",
        "passed_count",
    ] %}
        coalesce(counted.{{ count }}, 0) as {{ count }},
    {%- endfor %}
    coalesce(counted.entered_count - counted.passed_count, 0) as drop_off_count,
    coalesce(counted.out_of_order_count, 0) as out_of_order_count,
    case
        when counted.followed_count > 0
        then cast(counted.reached_count as double) * 100 / counted.followed_count
    end as conversion_from_start_percent,
    case
        when counted.entered_count > 0
        then cast(counted.passed_count as double) * 100 / counted.entered_count
    end as conversion_from_previous_percent,
    case
        when counted.entered_count > 0
        then
            cast(counted.entered_count - counted.passed_count as double)
            * 100
            / counted.entered_count
    end as drop_off_percent,
    {%- for days in durations %}
        counted.{{ days }}_mean,
        cast(counted.{{ days }}_median as double) as {{ days }}_median,
        cast(counted.{{ days }}_p90 as double) as {{ days }}_p90,
    {%- endfor %}
    {{
        status_when_followed(
            "owed_year.status", "counted.followed_count", "counted.to_follow_count"
        )
    }} as status,
    case
        when counted.followed_count < counted.to_follow_count
        then 'preliminary'
        else owed_year.release_status
    end as release_status
from owed_year
inner join area on owed_year.area_code = area.area_code
cross join step
inner join
    label as step_label
    on step_label.axis = 'case_step'
    and step.case_step = step_label.code
cross join sex
inner join label as household on household.axis = 'household_type'
left join
    counted
    on owed_year.area_level = counted.area_level
    and owed_year.area_code = counted.area_code
    and owed_year.year_start = counted.year_start
    and step.case_step = counted.case_step
    and sex.sex = counted.sex
    and household.code = counted.household_type
where owed_year.status <> 'not_collected'
