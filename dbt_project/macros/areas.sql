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

{#- The levels of areas, each with its code from the municipality's. -#}
{% macro area_levels() %}
    {{
        return(
            {
                "municipality": "municipality_code",
                "county": "substr(municipality_code, 1, 2)",
                "all": "'all'",
            }
        )
    }}
{% endmacro %}

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
