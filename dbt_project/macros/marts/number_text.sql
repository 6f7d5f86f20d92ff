{#- A number as text with so many decimals, as the language writes it. -#}
{% macro number_text(value, language, decimals=1) -%}
    {%- set text = (
        "cast(cast("
        ~ value
        ~ " as decimal(18, "
        ~ decimals
        ~ ")) as varchar)"
    ) -%}
    {%- if language == "sv" -%} replace(replace({{ text }}, '.', ','), '-', '−')
    {%- else -%} {{ text }}
    {%- endif -%}
{%- endmacro %}
