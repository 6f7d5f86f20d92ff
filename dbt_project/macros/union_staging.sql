{#-
    The same columns of several staging models, one below the other: how systems that deliver the
    same thing meet. A new system is one more ref in the list.

    `person_key` is that of the person's number of today (int_person_link), whichever number a row
    was sent with.
-#}
{% macro union_staging(relations, columns) %}
    {%- for relation in relations %}
        select
            {%- for column in columns %}
                {% if column == "person_key" -%}
                    coalesce(person_link.person_key, delivered.person_key) as person_key
                {%- else -%} delivered.{{ column }}
                {%- endif %}
                {%- if not loop.last %}, {% endif -%}
            {%- endfor %}
        from {{ relation }} as delivered
        {%- if "person_key" in columns %}
            left join
                {{ ref("int_person_link") }} as person_link
                on delivered.person_key = person_link.number_key
        {%- endif %}
        {%- if not loop.last %}
            union all
        {% endif -%}
    {%- endfor %}
{% endmacro %}
