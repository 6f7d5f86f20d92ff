{%- set keys = [
    "area_level",
    "area_code",
    "period_start",
    "service_type",
    "service",
] -%}
with

    user_cost as ({{ at_each_level(ref("fct_user_cost")) }}),

    owed_year as ({{ owed_years("user_cost") }}),

    area as ({{ area_names() }}),

    service_level as ({{ service_levels() }}),

    sex as (select code as sex from {{ ref("dim_category") }} where axis = 'sex'),

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
            count(distinct case when is_known_person then person_key end) as user_count,
            count(
                distinct case
                    when is_known_person then concat(person_key, service_month)
                end
            ) as user_month_count,
            count(
                distinct case when is_outlier and is_known_person then person_key end
            ) as outlier_count,
            case
                when grouping(service) = 0 then sum(performed_quantity)
            end as performed_quantity,
            sum(amount_sek) as cost_sek,
            sum(case when is_known_person then amount_sek else 0 end) as user_cost_sek
        from user_cost
        group by
            area_level,
            area_code,
            period_start,
            grouping sets ((), (service_type), (service_type, service)),
            cube (age_interval, sex)
    ),

    {# What women or men would cost per user if they were of the same ages as both together. -#}
    standard as (
        select {{ keys | join(", ") }}, age_interval, sum(user_count) as user_count
        from cell
        where
            sex in ('women', 'men')
            and age_interval not in ('total', 'unknown')
            and user_count > 0
        group by {{ keys | join(", ") }}, age_interval
    ),

    standardised as (
        select
            {%- for key in keys %} standard.{{ key }}, {%- endfor %}
            sex.sex,
            case
                when count(nullif(cell.user_count, 0)) = count(*)
                then
                    -- Decimals, for a sum of doubles differs from run to run.
                    cast(
                        sum(
                            cast(
                                cast(cell.user_cost_sek as double)
                                / nullif(cell.user_count, 0)
                                * standard.user_count as decimal(24, 6)
                            )
                        ) as double
                    )
                    / sum(standard.user_count)
            end as cost_per_user_sek
        from standard
        cross join sex
        left join
            cell
            on {% for key in keys + ["age_interval"] -%}
                standard.{{ key }} = cell.{{ key }} and
            {% endfor -%}
            sex.sex = cell.sex
        where sex.sex in ('women', 'men')
        group by {% for key in keys %} standard.{{ key }}, {% endfor %} sex.sex
    ),

    owed as (
        {{ owed_cells("cell", ["service_type", "service", "age_interval", "sex"]) }}
    ),

    with_cost as (
        select
            owed.*,
            cell.unit,
            cell.user_count,
            cell.user_month_count,
            cell.outlier_count,
            cell.performed_quantity,
            cell.cost_sek,
            cell.user_cost_sek,
            cast(cell.user_cost_sek as double)
            / nullif(cell.user_count, 0) as cost_per_user_sek,
            sum(
                case
                    when cell.sex = 'total' and cell.age_interval = 'total'
                    then cell.cost_sek
                end
            ) over (
                partition by
                    owed.area_code, owed.period_start, owed.service_type, owed.service
            ) as service_cost_sek,
            -- Whose months have not all come is compared with nobody, nor a mean of
            -- few.
            coalesce(
                owed.area_level = 'municipality'
                and owed.status = 'value'
                and cell.user_count >= {{ var("least_compared_persons") }},
                false
            ) as is_compared
        from owed
        left join
            cell
            on owed.area_level = cell.area_level
            and owed.area_code = cell.area_code
            and owed.period_start = cell.period_start
            and owed.service_type = cell.service_type
            and owed.service = cell.service
            and owed.age_interval = cell.age_interval
            and owed.sex = cell.sex
    ),

    compared as (
        select
            *,
            count(*) over others - 1 as other_municipality_count,
            -- Decimals, as above.
            sum(cast(cost_per_user_sek as decimal(18, 6))) over others
            - cast(cost_per_user_sek as decimal(18, 6)) as sum_of_others
        from with_cost
        window
            others as (
                partition by
                    is_compared, period_start, service_type, service, age_interval, sex
            )
    )

select
    compared.area_level,
    compared.area_code,
    area.area_name,
    compared.period_start,
    compared.service_type,
    compared.service,
    service_level.label_sv as service_label_sv,
    service_level.label_en as service_label_en,
    compared.age_interval,
    compared.sex,
    compared.status,
    compared.release_status,
    cast(compared.user_count as integer) as user_count,
    cast(compared.user_month_count as integer) as user_month_count,
    cast(compared.outlier_count as integer) as outlier_count,
    compared.unit,
    cast(compared.performed_quantity as decimal(16, 2)) as performed_quantity,
    cast(compared.cost_sek as decimal(18, 2)) as cost_sek,
    cast(
        compared.cost_sek - compared.user_cost_sek as decimal(18, 2)
    ) as cost_of_nobody_known_sek,
    case
        when compared.service_cost_sek <> 0
        then
            cast(compared.cost_sek as double)
            / cast(compared.service_cost_sek as double)
    end as cost_share,
    compared.cost_per_user_sek,
    case
        when compared.age_interval = 'total' then standardised.cost_per_user_sek
    end as age_standardised_cost_per_user_sek,
    cast(compared.user_cost_sek as double)
    / nullif(compared.user_month_count, 0) as cost_per_user_month_sek,
    case
        when compared.performed_quantity <> 0
        then
            cast(compared.cost_sek as double)
            / cast(compared.performed_quantity as double)
    end as cost_per_unit_sek,
    case
        when compared.is_compared
        then cast(compared.other_municipality_count as integer)
    end as other_municipality_count,
    case
        when compared.is_compared
        then
            cast(compared.sum_of_others as double)
            / nullif(compared.other_municipality_count, 0)
    end as other_municipalities_cost_per_user_sek,
    {{ average_price_caution("sv", "compared.area_level") }} as caution_sv,
    {{ average_price_caution("en", "compared.area_level") }} as caution_en
from compared
inner join area on compared.area_code = area.area_code
inner join
    service_level
    on compared.service_type = service_level.service_type
    and compared.service = service_level.service
left join
    standardised
    on {% for key in keys -%}
        compared.{{ key }} = standardised.{{ key }} and
    {% endfor -%}
    compared.sex = standardised.sex
