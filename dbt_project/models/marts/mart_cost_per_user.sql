with

    user_cost as ({{ at_each_level(ref("fct_user_cost")) }}),

    area as ({{ area_names() }}),

    category as (select axis, code, label_sv, label_en from {{ ref("dim_category") }}),

    {# A person counts once in every cell, so cells of persons do not add up and those of money do. -#}
    cell as (
        select
            area_level,
            area_code,
            {{ period_start("service_month", "year") }} as period_start,
            {{ service_level_columns() }},
            case
                when grouping(age_interval) = 1 then 'total' else age_interval
            end as age_interval,
            case when grouping(sex) = 1 then 'total' else sex end as sex,
            case when grouping(service) = 0 then min(unit) end as unit,
            count(distinct person_key) as user_count,
            count(distinct concat(person_key, service_month)) as user_month_count,
            count(distinct case when is_outlier then person_key end) as outlier_count,
            case
                when grouping(service) = 0 then sum(performed_quantity)
            end as performed_quantity,
            sum(amount_sek) as cost_sek
        from user_cost
        group by
            area_level,
            area_code,
            period_start,
            grouping sets ((), (service_type), (service_type, service)),
            cube (age_interval, sex)
    ),

    compared as (
        select
            *,
            cast(cost_sek as double) / user_count as cost_per_user_sek,
            sum(
                case when sex = 'total' and age_interval = 'total' then cost_sek end
            ) over (partition by area_code, period_start, service_type, service)
            as service_cost_sek,
            -- Decimals, for a sum of doubles differs from run to run.
            sum(
                cast(cast(cost_sek as double) / user_count as decimal(18, 6))
            ) over others as sum_of_means,
            count(*) over others as area_count
        from cell
        window
            others as (
                partition by
                    area_level, period_start, service_type, service, age_interval, sex
            )
    )

select
    compared.area_level,
    compared.area_code,
    area.area_name,
    compared.period_start,
    compared.service_type,
    compared.service,
    coalesce(
        service.label_sv, service_type.label_sv, 'Alla insatser'
    ) as service_label_sv,
    coalesce(
        service.label_en, service_type.label_en, 'All services'
    ) as service_label_en,
    compared.age_interval,
    compared.sex,
    cast(compared.user_count as integer) as user_count,
    cast(compared.user_month_count as integer) as user_month_count,
    cast(compared.outlier_count as integer) as outlier_count,
    compared.unit,
    cast(compared.performed_quantity as decimal(16, 2)) as performed_quantity,
    cast(compared.cost_sek as decimal(18, 2)) as cost_sek,
    case
        when compared.service_cost_sek <> 0
        then
            cast(compared.cost_sek as double)
            / cast(compared.service_cost_sek as double)
    end as cost_share,
    compared.cost_per_user_sek,
    cast(compared.cost_sek as double)
    / compared.user_month_count as cost_per_user_month_sek,
    case
        when compared.performed_quantity <> 0
        then
            cast(compared.cost_sek as double)
            / cast(compared.performed_quantity as double)
    end as cost_per_unit_sek,
    case
        when compared.area_level = 'municipality' and compared.area_count > 1
        then
            cast(
                compared.sum_of_means
                - cast(compared.cost_per_user_sek as decimal(18, 6)) as double
            )
            / (compared.area_count - 1)
    end as other_municipalities_cost_per_user_sek
from compared
inner join area on compared.area_code = area.area_code
left join
    category as service on service.axis = 'service' and compared.service = service.code
left join
    category as service_type
    on service_type.axis = 'service_type'
    and compared.service_type = service_type.code
