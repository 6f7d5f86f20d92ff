{#- Axes by which services are shown: all of them, those by an act, and each; to be grouped by. -#}
{% macro service_level_columns() -%}
    case
        when grouping(service_type) = 1 then 'total' else service_type
    end as service_type,
    case when grouping(service) = 1 then 'total' else service end as service
{%- endmacro %}

{#- Every service with its act, every act, and all of them: what service_level_columns makes. -#}
{% macro service_levels() %}
    select
        service_type.code as service_type,
        service.code as service,
        service.label_sv,
        service.label_en
    from {{ ref("dim_category") }} as service
    inner join
        {{ ref("dim_category") }} as service_type
        on service_type.axis = 'service_type'
        and service.parent_code = service_type.code
    where service.axis = 'service' and service.code <> 'open_services'
    union all
    select code, 'total', label_sv, label_en
    from {{ ref("dim_category") }}
    where axis = 'service_type'
    union all
    select 'total', 'total', 'Alla insatser', 'All services'
{% endmacro %}
