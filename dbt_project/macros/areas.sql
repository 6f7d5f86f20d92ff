{#- Every area that figures are given for, one row each: `area_code`, `area_name`. -#}
{% macro area_names() %}
    select municipality_code as area_code, municipality_name as area_name
    from {{ ref("dim_municipality") }}
    union all
    select county_code, county_name
    from {{ ref("counties") }}
    union all
    select 'all', 'Alla kommuner som lämnar data'
{% endmacro %}

{#- The code of a municipality is its county's, of two characters, and more: so in Sweden, and a rule
    for areas of other countries. A test of the seeds holds them to it. -#}
{% macro county_of(municipality_code) -%}
    substr({{ municipality_code }}, 1, 2)
{%- endmacro %}

{% macro is_municipality(area_code) -%} length({{ area_code }}) > 2 {%- endmacro %}

{#- The levels of areas, each with its code from the municipality's. -#}
{% macro area_levels() %}
    {{
        return(
            {
                "municipality": "municipality_code",
                "county": county_of("municipality_code"),
                "all": "'all'",
            }
        )
    }}
{% endmacro %}

{#- The code of the area that a municipality lies in on a level, itself a column. -#}
{% macro area_code_on(level, municipality_code) -%}
    case
        {{ level }}
        {%- for name, code in area_levels().items() %}
            when '{{ name }}'
            then {{ code | replace("municipality_code", municipality_code) }}
        {%- endfor %}
    end
{%- endmacro %}

{#- The rows of a fact once at each level of areas, with `area_level` and `area_code`: for marts
    that count persons where a row of the registry cannot. -#}
{% macro at_each_level(relation) %}
    {%- for level, area_code in area_levels().items() %}
        select '{{ level }}' as area_level, {{ area_code }} as area_code, fact.*
        from {{ relation }} as fact
        {%- if not loop.last %}
            union all
        {% endif -%}
    {%- endfor %}
{% endmacro %}
