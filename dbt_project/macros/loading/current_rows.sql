{#-
    Rows of a source table that count on the night being built.

    A snapshot's newest delivery per area and month replaces the ones before it; of rows with the
    same key the last one received is the one. JAMVIKT_AS_OF hides what was not known at that moment.
-#}
{% macro current_rows(source_name, table_name) %}
    {%- set relation = source(source_name, table_name) -%}
    {%- set load = source_contract(source_name, table_name).load -%}
    {%- set columns = source_contract(source_name, table_name).columns -%}
    {%- set key = [] -%}
    {%- for name in load.get("key", []) -%}
        {%- do key.append(
            name ~ "_key" if columns.get(name, {}).get("identity") else name
        ) -%}
    {%- endfor -%}
    {#- Rows that do not say their month are told apart by the period of their file. -#}
    {%- if key and not load.get("period_column") -%}
        {%- do key.append("_period_month") -%}
    {%- endif %}
    with
        received_delivery as (
            select delivery_id, area_code, received_at
            from raw.log.delivery
            where
                source_name = '{{ source_name }}'
                and table_name = '{{ table_name }}'
                and {{ is_counted("delivery") }}
        ),

        {% if load.get("delivery") == "snapshot" -%}
            current_delivery as (
                select
                    received_delivery.delivery_id,
                    delivery_month.month,
                    received_delivery.received_at
                from received_delivery
                inner join
                    raw.log.delivery_month
                    on received_delivery.delivery_id = delivery_month.delivery_id
                qualify
                    row_number() over (
                        partition by received_delivery.area_code, delivery_month.month
                        order by
                            received_delivery.received_at desc,
                            received_delivery.delivery_id desc
                    )
                    = 1
            ),

            current_row as (
                select delivered.*, current_delivery.received_at as _received_at
                from {{ relation }} as delivered
                inner join
                    current_delivery
                    on delivered._delivery_id = current_delivery.delivery_id
                    and delivered._period_month
                    is not distinct from current_delivery.month
            )
        {%- else -%}
            current_row as (
                select delivered.*, received_delivery.received_at as _received_at
                from {{ relation }} as delivered
                inner join
                    received_delivery
                    on delivered._delivery_id = received_delivery.delivery_id
            )
        {%- endif %}

    select *
    from current_row
    {%- if key %}
        qualify
            row_number() over (
                partition by _area_code, {{ key | join(", ") }}
                order by _received_at desc, _delivery_id desc, _row_number desc
            )
            = 1
    {%- endif %}
{% endmacro %}

{#- Whether a delivery counts on the night being built: known by then, and not taken back. -#}
{% macro is_counted(delivery) -%}
    {%- set as_of = "cast('" ~ env_var("JAMVIKT_AS_OF") ~ "' as timestamptz)" -%}
    {{ delivery }}.status = 'loaded'
    and {{ delivery }}.known_at <= {{ as_of }}
    and (
        {{ delivery }}.withdrawn_at is null or {{ delivery }}.withdrawn_at > {{ as_of }}
    )
{%- endmacro %}

{#- Our code for the source's own, as the column's contract says; blank stays null. -#}
{% macro recoded(source_name, table_name, column) %}
    {%- set codes = (
        source_contract(source_name, table_name)
        .columns.get(column, {})
        .get("codes")
        or {}
    ) -%}
    {%- if codes -%}
        case
            {{ column }}
            {%- for theirs, ours in codes.items() %}
                when '{{ theirs }}' then '{{ ours }}'
            {%- endfor %}
        end
    {%- else -%} {{ column }}
    {%- endif -%}
{% endmacro %}

{#- The load block of a source table and of its columns, from the manifest. -#}
{% macro source_contract(source_name, table_name) %}
    {%- if not execute -%} {{ return({"load": {}, "columns": {}}) }} {%- endif -%}
    {%- set node = graph.sources["source.jamvikt." ~ source_name ~ "." ~ table_name] -%}
    {%- set columns = {} -%}
    {%- for name, column in node.columns.items() -%}
        {%- do columns.update({name: column.config.meta.load}) -%}
    {%- endfor -%}
    {{ return({"load": node.config.meta.load, "columns": columns}) }}
{% endmacro %}

{#- Select statement: one row per source table and fact whose months it collects. -#}
{% macro collecting_tables() %}
    {%- if not execute -%}
        {{ return("select '' as source_name, '' as table_name, '' as fact") }}
    {%- endif -%}
    {%- set rows = [] -%}
    {%- for node in graph.sources.values() -%}
        {%- for fact in node.config.meta.load.get("collects", []) -%}
            {%- do rows.append(
                "select '"
                ~ node.source_name
                ~ "' as source_name, '"
                ~ node.name
                ~ "' as table_name, '"
                ~ fact
                ~ "' as fact"
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(rows | sort | join(" union all ")) }}
{% endmacro %}
