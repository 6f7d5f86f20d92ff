with

    user_cost as ({{ at_each_level(ref("fct_user_cost")) }}),

    owed_year as ({{ owed_years("user_cost") }}),

    area as ({{ area_names() }}),

    service_level as ({{ service_levels() }}),

    sex as (select code as sex from {{ ref("dim_category") }} where axis = 'sex'),

    person_cost as (
        select
            area_level,
            area_code,
            {{ period_start("service_month", "year") }} as period_start,
            {{ service_level_columns() }},
            sex,
            person_key,
            sum(amount_sek) as cost_sek
        from user_cost
        where is_known_person
        group by
            area_level,
            area_code,
            period_start,
            sex,
            person_key,
            grouping sets ((), (service_type), (service_type, service))
    ),

    by_sex as (
        select *
        from person_cost
        union all
        select
            area_level,
            area_code,
            period_start,
            service_type,
            service,
            'total' as sex,
            person_key,
            cost_sek
        from person_cost
    ),

    ranked as (
        select
            *,
            row_number() over (
                partition by
                    area_level, area_code, period_start, service_type, service, sex
                order by cost_sek, person_key
            ) as rank_from_lowest,
            count(*) over (
                partition by
                    area_level, area_code, period_start, service_type, service, sex
            ) as user_count
        from by_sex
    ),

    summed as (
        select
            area_level,
            area_code,
            period_start,
            service_type,
            service,
            sex,
            count(*) as user_count,
            sum(cost_sek) as cost_sek,
            sum(rank_from_lowest * cost_sek) as ranked_cost_sek,
            {%- for name, share in [("tenth", "0.1"), ("half", "0.5")] %}
                count(*) filter (
                    where user_count - rank_from_lowest < ceil(user_count * {{ share }})
                ) as costliest_{{ name }}_user_count,
                sum(cost_sek) filter (
                    where user_count - rank_from_lowest < ceil(user_count * {{ share }})
                ) as costliest_{{ name }}_sek
                {%- if not loop.last %},{% endif %}
            {%- endfor %}
        from ranked
        group by 1, 2, 3, 4, 5, 6
    ),

    owed as ({{ owed_cells("summed", ["service_type", "service", "sex"]) }})

select
    owed.area_level,
    owed.area_code,
    area.area_name,
    owed.period_start,
    owed.service_type,
    owed.service,
    owed.sex,
    owed.status,
    owed.release_status,
    cast(summed.user_count as integer) as user_count,
    cast(summed.cost_sek as decimal(18, 2)) as cost_sek,
    cast(summed.costliest_tenth_user_count as integer) as costliest_tenth_user_count,
    case
        when summed.cost_sek > 0
        then
            cast(summed.costliest_tenth_sek as double) / cast(summed.cost_sek as double)
    end as costliest_tenth_share,
    case
        when summed.cost_sek > 0
        then cast(summed.costliest_half_sek as double) / cast(summed.cost_sek as double)
    end as costliest_half_share,
    -- Twice the sum of ranks times cost, over users times cost, less (n + 1) / n.
    case
        when summed.cost_sek > 0
        then
            cast(
                2 * summed.ranked_cost_sek
                - (summed.user_count + 1) * summed.cost_sek as double
            )
            / (summed.user_count * cast(summed.cost_sek as double))
    end as gini,
    {{ average_price_caution("sv", "owed.area_level") }} as caution_sv,
    {{ average_price_caution("en", "owed.area_level") }} as caution_en
from owed
inner join area on owed.area_code = area.area_code
left join
    summed
    on owed.area_level = summed.area_level
    and owed.area_code = summed.area_code
    and owed.period_start = summed.period_start
    and owed.service_type = summed.service_type
    and owed.service = summed.service
    and owed.sex = summed.sex
