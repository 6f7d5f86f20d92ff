{% for level, area_code in area_levels().items() -%}
    select
        '{{ level }}' as area_level,
        {{ area_code }} as area_code,
        service,
        case when grouping(sex) = 1 then 'total' else sex end as sex,
        entry_days,
        stay_days,
        is_ended,
        count(*) as stay_count
    from {{ ref("int_stay") }}
    group by
        grouping sets (
            (
                {%- if level != "all" %}{{ area_code }}, {% endif -%}
                service,
                sex,
                entry_days,
                stay_days,
                is_ended
            ),
            (
                {%- if level != "all" %}{{ area_code }}, {% endif -%}
                service,
                entry_days,
                stay_days,
                is_ended
            )
        )
    {% if not loop.last -%}
        union all
    {% endif -%}
{%- endfor %}
