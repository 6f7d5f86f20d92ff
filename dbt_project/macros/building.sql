{#- How a model becomes a table or a view. dbt's own way makes it under another name, renames it
    and asks for its columns, so that readers of a database in use see no gap. Nobody reads the
    build file before it is whole: one statement makes the relation and says what it holds. -#}
{% materialization table, adapter = "duckdb" %}
    {{ drop_relation_if_exists(load_cached_relation(this)) }}
    {%- set made = this.incorporate(type="table") -%}
    {%- call statement("main") -%}
        {{ create_table_as(false, made, compiled_code) }} {{ comments_on(made) }}
    {%- endcall -%}
    {{ adapter.commit() }}
    {{ return({"relations": [made]}) }}
{% endmaterialization %}

{% materialization view, adapter = "duckdb" %}
    {{ drop_relation_if_exists(load_cached_relation(this)) }}
    {%- set made = this.incorporate(type="view") -%}
    {%- call statement("main") -%}
        {{ create_view_as(made, compiled_code) }} {{ comments_on(made) }}
    {%- endcall -%}
    {{ adapter.commit() }}
    {{ return({"relations": [made]}) }}
{% endmaterialization %}

{#- The descriptions of a relation and of its columns, where readers of the tables find them. -#}
{% macro comments_on(relation) -%}
    comment on {{ relation.type }} {{ relation }} is
    {{ dbt.string_literal(dbt.escape_single_quotes(model.description)) }}
    ;
    {% for column in model.columns.values() if column.description %}
        comment on column {{ relation }}.{{ column.name }} is
        {{ dbt.string_literal(dbt.escape_single_quotes(column.description)) }}
        ;
    {% endfor %}
{%- endmacro %}
