with

    {# A union over the sources of the manifest: a new source is checked without a word here. -#}
    landed as (
        select
            cast(null as varchar) as source_name,
            cast(null as varchar) as table_name,
            cast(null as bigint) as delivery_id,
            cast(null as bigint) as landed_row_count
        where false
        {% if execute -%}
            {%- for node in graph.sources.values() -%}
                union all
                select
                    '{{ node.source_name }}', '{{ node.name }}', _delivery_id, count(*)
                from raw.{{ node.schema }}.{{ node.identifier }}
                group by _delivery_id
            {% endfor -%}
        {%- endif %}
    )

select
    delivery.delivery_id,
    delivery.source_name,
    delivery.table_name,
    delivery.file_name,
    delivery.area_code,
    delivery.period_start,
    delivery.period_end,
    delivery.received_at,
    delivery.loaded_at,
    delivery.known_at,
    delivery.withdrawn_at,
    delivery.withdrawn_reason,
    delivery.status,
    delivery.reason,
    delivery.rows_in_file,
    delivery.rows_loaded,
    delivery.rows_quarantined,
    case
        when delivery.status <> 'loaded'
        then null
        when delivery.rows_in_file <> delivery.rows_loaded + delivery.rows_quarantined
        then 'rows in the file are neither loaded nor quarantined'
        when delivery.rows_loaded <> coalesce(landed.landed_row_count, 0)
        then 'rows loaded are not in the raw table'
    end as violation
from raw.log.delivery as delivery
left join
    landed
    on delivery.source_name = landed.source_name
    and delivery.table_name = landed.table_name
    and delivery.delivery_id = landed.delivery_id
where delivery.known_at <= cast('{{ env_var("JAMVIKT_AS_OF") }}' as timestamptz)
