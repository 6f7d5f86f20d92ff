{#- The band of dbt_project.yml (`vars: bands`) that a value belongs to. -#}
{% macro band(axis, value) -%}
    {%- if axis not in var("bands") -%}
        {{ exceptions.raise_compiler_error("dbt_project.yml has no bands " ~ axis) }}
    {%- endif -%}
    case
        {%- for band in var("bands")[axis] %}
            {% if "below" in band %}
                when {{ value }} < {{ band.below }}
                then {% elif "from" in band %}
                when {{ value }} >= {{ band["from"] }}
                then
            {% else %} else {% endif %} '{{ band.code }}'
        {%- endfor %}
    end
{%- endmacro %}

{#- Every band as a row of dim_category: axis, code, both labels, parent and place in the list. -#}
{% macro band_rows() -%}
    {%- for axis, bands in var("bands").items() -%}
        {%- set is_last_axis = loop.last -%}
        {%- for band in bands -%}
            (
                '{{ axis }}',
                '{{ band.code }}',
                '{{ dbt.escape_single_quotes(band.label_sv) }}',
                '{{ dbt.escape_single_quotes(band.label_en) }}',
                {{ "'" ~ band.parent_code ~ "'" if "parent_code" in band else "null" }},
                {{ loop.index }}
            )
            {%- if not (loop.last and is_last_axis) %}, {% endif %}
        {% endfor %}
    {%- endfor -%}
{%- endmacro %}
