{% for level, area_code in area_levels().items() -%}
    select
        '{{ level }}' as area_level,
        {{ area_code }} as area_code,
        service,
        case
            when grouping(age_interval) = 1 then 'total' else age_interval
        end as age_interval,
        case when grouping(sex) = 1 then 'total' else sex end as sex,
        entry_days,
        stay_days,
        is_ended,
        count(*) as stay_count
    from {{ ref("int_stay") }}
    group by
        {% if level != "all" %} {{ area_code }}, {% endif -%}
        service,
        entry_days,
        stay_days,
        is_ended,
        cube (age_interval, sex)
    {% if not loop.last -%}
        union all
    {% endif -%}
{%- endfor %}
