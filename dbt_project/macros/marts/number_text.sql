{#- A number as text with one decimal, as the language writes it. -#}
{% macro number_text(value, language) -%}
    {%- set text = "cast(cast(" ~ value ~ " as decimal(18, 1)) as varchar)" -%}
    {%- if language == "sv" -%} replace({{ text }}, '.', ',') {%- else -%} {{ text }}
    {%- endif -%}
{%- endmacro %}
