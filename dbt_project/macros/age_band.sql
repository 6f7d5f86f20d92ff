{#- Age band of seeds/categories.csv for an age in completed years. -#}
{% macro age_band(age) -%}
    case
        when {{ age }} is null
        then 'unknown'
        when {{ age }} < 6
        then '00-05'
        when {{ age }} < 13
        then '06-12'
        when {{ age }} < 18
        then '13-17'
        when {{ age }} < 25
        then '18-24'
        when {{ age }} < 35
        then '25-34'
        when {{ age }} < 45
        then '35-44'
        when {{ age }} < 55
        then '45-54'
        when {{ age }} < 65
        then '55-64'
        else '65+'
    end
{%- endmacro %}
