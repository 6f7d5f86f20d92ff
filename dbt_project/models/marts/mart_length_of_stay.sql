{%- set mean, reach_of = {}, {} -%}
{%- for sex in ["women", "men"] -%}
    {%- set of_sex = "filter (where sex.sex = '" ~ sex ~ "') over sexes" -%}
    {%- do mean.update({sex: "max(survival.mean_days) " ~ of_sex}) -%}
    {%- do reach_of.update(
        {sex: "max(survival.mean_days - survival.mean_lower_days) " ~ of_sex}
    ) -%}
{%- endfor -%}
{%- set difference = "(" ~ mean.women ~ " - " ~ mean.men ~ ")" -%}
{%- set reach = (
    "sqrt(pow(" ~ reach_of.women ~ ", 2) + pow(" ~ reach_of.men ~ ", 2))"
) -%}
with

    counted as (
        select
            area_level,
            area_code,
            service,
            age_interval,
            sex,
            sum(stay_count) as stay_count,
            coalesce(sum(stay_count) filter (where is_ended), 0) as ended_count,
            coalesce(sum(stay_count) filter (where not is_ended), 0) as ongoing_count,
            coalesce(
                sum(stay_count) filter (where entry_days > 0), 0
            ) as began_before_count,
            sum(stay_days * stay_count) filter (where is_ended) as ended_days,
            sum(stay_days * stay_count) filter (where not is_ended) as ongoing_days
        from {{ ref("int_stay_group") }}
        group by 1, 2, 3, 4, 5
    ),

    owed_month as (
        select area_code as municipality_code, is_collected
        from {{ ref("fct_collection") }}
        where fact = 'service_spell' and is_due
    ),

    owed_month_at_level as ({{ at_each_level("owed_month") }}),

    area as (
        select
            area_level,
            area_code,
            {{ status_of_months("count(*) filter (where is_collected)", "count(*)") }}
            as status
        from owed_month_at_level
        group by 1, 2
    ),

    residence as (
        select code as service
        from {{ ref("dim_category") }}
        where axis = 'service' and code in ('lss_gruppbostad', 'lss_servicebostad')
    ),

    cell as (
        select area_level, area_code, service, age_interval
        from counted
        union
        select area.area_level, area.area_code, residence.service, 'total'
        from area
        cross join residence
    ),

    sex as (select code as sex from {{ ref("dim_category") }} where axis = 'sex')

select
    area.area_level,
    area.area_code,
    cell.service,
    cell.age_interval,
    sex.sex,
    area.status,
    -- Every month that comes changes what is known of stays that last.
    'preliminary' as release_status,
    case
        when area.status <> 'not_collected'
        then cast(coalesce(counted.stay_count, 0) as integer)
    end as stay_count,
    case
        when area.status <> 'not_collected'
        then cast(coalesce(counted.ended_count, 0) as integer)
    end as ended_count,
    case
        when area.status <> 'not_collected'
        then cast(coalesce(counted.ongoing_count, 0) as integer)
    end as ongoing_count,
    case
        when area.status <> 'not_collected'
        then cast(coalesce(counted.began_before_count, 0) as integer)
    end as began_before_count,
    cast(counted.ended_days as double)
    / cast(nullif(counted.ended_count, 0) as double) as mean_ended_days,
    cast(counted.ongoing_days as double)
    / cast(nullif(counted.ongoing_count, 0) as double) as mean_ongoing_days,
    survival.median_days,
    survival.median_lower_days,
    survival.median_upper_days,
    survival.mean_days as restricted_mean_days,
    survival.mean_lower_days as restricted_mean_lower_days,
    survival.mean_upper_days as restricted_mean_upper_days,
    -- Of women and men, who are not the same persons: beside the curve of all.
    case when sex.sex = 'total' then {{ difference }} end as restricted_mean_difference,
    case
        when sex.sex = 'total' then {{ difference }} - {{ reach }}
    end as restricted_mean_difference_low,
    case
        when sex.sex = 'total' then {{ difference }} + {{ reach }}
    end as restricted_mean_difference_high,
    cast(survival.restricted_to_days as integer) as restricted_to_days,
    survival.method_id
from area
inner join cell on area.area_level = cell.area_level and area.area_code = cell.area_code
cross join sex
left join
    counted
    on area.area_level = counted.area_level
    and area.area_code = counted.area_code
    and cell.service = counted.service
    and cell.age_interval = counted.age_interval
    and sex.sex = counted.sex
left join
    {{ ref("int_stay_survival") }} as survival
    on area.area_level = survival.area_level
    and area.area_code = survival.area_code
    and cell.service = survival.service
    and cell.age_interval = survival.age_interval
    and sex.sex = survival.sex
window
    sexes as (
        partition by area.area_level, area.area_code, cell.service, cell.age_interval
    )
