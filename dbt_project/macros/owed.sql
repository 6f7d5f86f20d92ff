{#- Status of a figure that rests on months: how many of them have come. -#}
{% macro status_of_months(collected_count, owed_count) -%}
    case
        when {{ collected_count }} = 0
        then 'not_collected'
        when {{ collected_count }} < {{ owed_count }}
        then 'partial'
        else 'value'
    end
{%- endmacro %}

{#- Status of a figure of rows that are followed, as in the cube: how many have been, to the end. -#}
{% macro status_when_followed(status_of_months, followed_count, to_follow_count) -%}
    case
        when {{ followed_count }} = 0 and {{ to_follow_count }} > 0
        then 'not_yet_followed'
        when {{ followed_count }} < {{ to_follow_count }}
        then 'partial'
        else {{ status_of_months }}
    end
{%- endmacro %}

{#-
    Areas and years that are owed to a fact, and whether the months have come: `status` as in the cube.
    `final_after_months`: of whom it is final later than most, as its block says.
-#}
{% macro owed_years(fact, final_after_months=var("final_after_months")) %}
    select
        area_level,
        area_code,
        period_start as year_start,
        cast(extract(year from period_start) as integer) as year,
        {{ status_of_months("collected_month_count", "month_count") }} as status,
        case
            when months_known_after >= {{ final_after_months }}
            then 'final'
            else 'preliminary'
        end as release_status
    from {{ ref("indicator_collection") }}
    where fact = '{{ fact }}' and period_grain = 'year'
{% endmacro %}

{#-
    Keys of the cells of a relation with the status of their year; of a year that nothing came for,
    one row per service (and sex), `total` on other axes, so that it is told and not left out. Reads
    the CTEs owed_year, service_level and sex.
-#}
{% macro owed_cells(cells, axes) %}
    {%- set absent = {
        "service_type": "service_level.service_type",
        "service": "service_level.service",
        "sex": "sex.sex",
    } %}
    select
        owed_year.area_level,
        owed_year.area_code,
        owed_year.year_start as period_start,
        {%- for axis in axes %} {{ cells }}.{{ axis }}, {% endfor %}
        owed_year.status,
        owed_year.release_status
    from owed_year
    inner join
        {{ cells }}
        on owed_year.area_level = {{ cells }}.area_level
        and owed_year.area_code = {{ cells }}.area_code
        and owed_year.year_start = {{ cells }}.period_start
    where owed_year.status <> 'not_collected'
    union all
    select
        owed_year.area_level,
        owed_year.area_code,
        owed_year.year_start,
        {%- for axis in axes %} {{ absent.get(axis, "'total'") }}, {% endfor %}
        owed_year.status,
        owed_year.release_status
    from owed_year
    cross join service_level
    {%- if "sex" in axes %} cross join sex {%- endif %}
    where owed_year.status = 'not_collected'
{% endmacro %}
