{#- A number with so many decimals, a comma between thousands: `1,234.5`. -#}
{% macro grouped_number(number, decimals) -%}
    {{ return(adapter.dispatch("grouped_number")(number, decimals)) }}
{%- endmacro %}

{% macro duckdb__grouped_number(number, decimals) -%}
    format(
        '{:,.{{ decimals }}f}',
        cast(cast({{ number }} as decimal(18, {{ decimals }})) as double)
    )
{%- endmacro %}
