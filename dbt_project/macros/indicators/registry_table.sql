{#-
    Rows of the registry as a select: one list of values, cast to the columns and types that the model's
    YAML declares. `rows`: a dictionary per row, by column; none is null. Texts are trimmed.
-#}
{% macro registry_table(rows) %}
    {%- if not execute -%} {{ return("select 0 as parsed") }} {%- endif -%}
    {%- set columns = model.columns.values() | list -%}
    {#- One mark as this database writes it inside a text: asked once, not per text. -#}
    {%- set escaped_quote = dbt.escape_single_quotes("'") -%}
    with
        declared({{ columns | map(attribute="name") | join(", ") }}) as (
            values
                {% for row in rows %}
                    {%- set cells = [] -%}
                    {%- for column in columns -%}
                        {%- set value = row[column.name] -%}
                        {%- if value is none -%} {%- do cells.append("null") -%}
                        {%- elif value is string -%}
                            {%- do cells.append(
                                "'" ~ value
                                | trim
                                | replace("'", escaped_quote) ~ "'"
                            ) -%}
                        {%- else -%} {%- do cells.append(value) -%}
                        {%- endif -%}
                    {%- endfor -%}
                    ({{ cells | join(", ") }})
                    {%- if not loop.last %}, {% endif %}
                {% endfor %}
        )

    select
        {% for column in columns -%}
            cast({{ column.name }} as {{ column.data_type }}) as {{ column.name }}
            {%- if not loop.last %}, {% endif %}
        {% endfor %}
    from declared
{% endmacro %}
