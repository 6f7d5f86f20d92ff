{#- Select statement: one row per area of any level with its name. -#}
{% macro area_names() %}
    select municipality_code as area_code, municipality_name as area_name
    from {{ ref("dim_municipality") }}
    union all
    select county_code, county_name
    from {{ ref("counties") }}
    union all
    select 'all', 'Alla kommuner som lämnar data'
{% endmacro %}
