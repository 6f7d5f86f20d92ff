{#- Level of need of seeds/categories.csv for the hours a week that an assessment says are needed. -#}
{% macro care_need_level(hours_week) -%}
    case
        when {{ hours_week }} is null
        then 'unknown'
        when {{ hours_week }} < 5
        then 'low'
        when {{ hours_week }} < 12
        then 'medium'
        else 'high'
    end
{%- endmacro %}
