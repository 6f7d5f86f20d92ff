with

    owed_year as ({{ owed_years("service_volume") }}),

    every_level as ({{ service_levels() }}),

    service_level as (select service from every_level where service <> 'total'),

    sex as (select code as sex from {{ ref("dim_category") }} where axis = 'sex'),

    volume as (
        select *, {{ period_start("service_month", "year") }} as year_start
        from {{ ref("fct_service_volume") }}
    ),

    {# A person is one at each level, whatever the payer, provider or municipality. -#}
    person_year as (
        {%- for level, area_code in area_levels().items() %}
            select
                '{{ level }}' as area_level,
                {{ area_code }} as area_code,
                year_start,
                service,
                case when grouping(payer) = 1 then 'total' else payer end as payer,
                sex,
                person_key,
                min(unit) as unit,
                count(distinct service_month) as month_count,
                sum(performed_quantity) as performed_quantity,
                sum(granted_quantity) as granted_quantity
            from volume
            group by
                grouping sets (
                    (
                        {%- if level != "all" %}{{ area_code }}, {% endif -%}
                        year_start,
                        service,
                        payer,
                        sex,
                        person_key
                    ),
                    (
                        {%- if level != "all" %}{{ area_code }}, {% endif -%}
                        year_start,
                        service,
                        sex,
                        person_key
                    )
                )
            {% if not loop.last -%}
                union all
            {% endif -%}
        {%- endfor %}
    ),

    by_sex as (
        select
            area_level,
            area_code,
            year_start,
            service,
            payer,
            sex,
            person_key,
            unit,
            month_count,
            performed_quantity,
            granted_quantity
        from person_year
        union all
        select
            area_level,
            area_code,
            year_start,
            service,
            payer,
            'total' as sex,
            person_key,
            unit,
            month_count,
            performed_quantity,
            granted_quantity
        from person_year
    ),

    ranked as (
        select
            *,
            cast(performed_quantity as double)
            / cast(month_count as double) as monthly_quantity,
            row_number() over (
                partition by area_level, area_code, year_start, service, payer, sex
                order by performed_quantity desc, person_key
            ) as volume_rank,
            count(*) over (
                partition by area_level, area_code, year_start, service, payer, sex
            ) as user_count
        from by_sex
    ),

    spread as (
        select
            area_level,
            area_code,
            year_start as period_start,
            service,
            payer,
            sex,
            min(unit) as unit,
            cast(count(*) as integer) as person_count,
            cast(sum(month_count) as integer) as user_month_count,
            cast(sum(granted_quantity) as decimal(16, 2)) as granted_quantity,
            cast(sum(performed_quantity) as decimal(16, 2)) as performed_quantity,
            cast(sum(performed_quantity) as double)
            / cast(sum(month_count) as double) as quantity_per_user_month,
            {{ quantile("monthly_quantity", 0.5) }} as median_monthly_quantity,
            {{ quantile("monthly_quantity", 0.9) }} as p90_monthly_quantity,
            cast(
                count(*) filter (where volume_rank <= ceil(user_count * 0.1)) as integer
            ) as heaviest_tenth_person_count,
            case
                when sum(performed_quantity) > 0
                then
                    cast(
                        sum(performed_quantity) filter (
                            where volume_rank <= ceil(user_count * 0.1)
                        ) as double
                    )
                    / cast(sum(performed_quantity) as double)
            end as heaviest_tenth_share
        from ranked
        group by 1, 2, 3, 4, 5, 6
    ),

    owed as ({{ owed_cells("spread", ["service", "payer", "sex"]) }})

select
    owed.area_level,
    owed.area_code,
    owed.period_start,
    owed.service,
    owed.payer,
    owed.sex,
    owed.status,
    owed.release_status,
    spread.unit,
    spread.person_count,
    spread.user_month_count,
    spread.granted_quantity,
    spread.performed_quantity,
    spread.quantity_per_user_month,
    spread.median_monthly_quantity,
    spread.p90_monthly_quantity,
    spread.heaviest_tenth_person_count,
    spread.heaviest_tenth_share
from owed
left join
    spread
    on owed.area_level = spread.area_level
    and owed.area_code = spread.area_code
    and owed.period_start = spread.period_start
    and owed.service = spread.service
    and owed.payer = spread.payer
    and owed.sex = spread.sex
