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

{#- Areas and years that are owed to a fact, and whether the months have come: `status` as in the cube. -#}
{% macro owed_years(fact) %}
    select
        area_level,
        area_code,
        period_start as year_start,
        cast(extract(year from period_start) as integer) as year,
        case
            when collected_month_count = 0
            then 'not_collected'
            when collected_month_count < month_count
            then 'partial'
            else 'value'
        end as status,
        -- As an indicator is by default: final when two months past the year have come.
        case
            when months_known_after >= 2 then 'final' else 'preliminary'
        end as release_status
    from {{ ref("indicator_collection") }}
    where fact = '{{ fact }}' and period_grain = 'year'
{% endmacro %}
