-- Marts that count persons beside the registry owe the same as the cube.
{%- set counts = {
    "mart_violence_screening": [
        "client_count",
        "asked_count",
        "exposed_count",
        "perpetrator_count",
    ],
    "mart_multiproblem": [
        "client_count",
        "multiproblem_count",
        "both_count",
    ],
} %}
{% for mart, columns in counts.items() -%}
    {%- for column in columns %}
        select '{{ mart }}' as mart, '{{ column }}' as counted, area_code, period_start
        from {{ ref(mart) }}
        group by
            area_level,
            area_code,
            period_start
            {%- if mart == "mart_multiproblem" %}
                , problem_area, other_problem_area
            {%- endif %}
        having
            count(*) <> 4
            or sum({{ column }}) filter (where sex <> 'total')
            is distinct from max({{ column }}) filter (where sex = 'total')
        {%- if not loop.last %}
            union all
        {% endif -%}
    {%- endfor %}
    {%- if not loop.last %}
        union all
    {% endif -%}
{%- endfor %}
