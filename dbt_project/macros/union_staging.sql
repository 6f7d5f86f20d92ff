{#- The same columns of several staging models, one below the other: how systems that deliver the
    same thing meet. A new system is one more ref in the list. -#}
{% macro union_staging(relations, columns) %}
    {%- for relation in relations %}
        select {{ columns | join(", ") }}
        from {{ relation }}
        {%- if not loop.last %}
            union all
        {% endif -%}
    {%- endfor %}
{% endmacro %}
