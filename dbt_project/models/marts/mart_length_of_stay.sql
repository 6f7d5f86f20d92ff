with

    counted as (
        select
            area_level,
            area_code,
            service,
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
        group by 1, 2, 3, 4
    ),

    area as (select distinct area_level, area_code, service from counted),

    sex as (select code as sex from {{ ref("dim_category") }} where axis = 'sex')

select
    area.area_level,
    area.area_code,
    area.service,
    sex.sex,
    cast(coalesce(counted.stay_count, 0) as integer) as stay_count,
    cast(coalesce(counted.ended_count, 0) as integer) as ended_count,
    cast(coalesce(counted.ongoing_count, 0) as integer) as ongoing_count,
    cast(coalesce(counted.began_before_count, 0) as integer) as began_before_count,
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
    cast(survival.restricted_to_days as integer) as restricted_to_days,
    survival.method_id,
    survival.library_version
from area
cross join sex
left join
    counted
    on area.area_level = counted.area_level
    and area.area_code = counted.area_code
    and area.service = counted.service
    and sex.sex = counted.sex
left join
    {{ ref("int_stay_survival") }} as survival
    on area.area_level = survival.area_level
    and area.area_code = survival.area_code
    and area.service = survival.service
    and sex.sex = survival.sex
