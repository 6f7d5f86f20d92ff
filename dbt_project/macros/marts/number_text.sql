{#- A number as text with so many decimals, its thousands apart, as the language writes it. -#}
{% macro number_text(value, language, decimals=1) -%}
    {%- set text = grouped_number(value, decimals) -%}
    {%- if language == "sv" -%}
        replace(replace(replace({{ text }}, ',', ' '), '.', ','), '-', '−')
    {%- else -%} {{ text }}
    {%- endif -%}
{%- endmacro %}

{#- A value of an indicator, from its column `unit`: large amounts of money without decimals. -#}
{% macro value_text(value, language) -%}
    case
        when unit = 'sek' and abs({{ value }}) >= 100
        then {{ number_text(value, language, 0) }}
        else {{ number_text(value, language) }}
    end
{%- endmacro %}
