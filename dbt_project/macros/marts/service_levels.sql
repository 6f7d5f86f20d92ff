{#- Axes by which services are shown: all of them, those by an act, and each; to be grouped by. -#}
{% macro service_level_columns() -%}
    case
        when grouping(service_type) = 1 then 'total' else service_type
    end as service_type,
    case when grouping(service) = 1 then 'total' else service end as service
{%- endmacro %}
