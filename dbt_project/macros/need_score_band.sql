{#- Band of seeds/categories.csv for a client's need score: the levels of the needs added up. -#}
{% macro need_score_band(score) -%}
    case
        when coalesce({{ score }}, 0) = 0
        then '0'
        when {{ score }} < 3
        then '1-2'
        when {{ score }} < 6
        then '3-5'
        else '6+'
    end
{%- endmacro %}
