{#- The part of an integer amount that falls to a part of a whole, cut to an integer. Parts that run
    up to the whole run up to the amount, so their differences lose and invent nothing. -#}
{% macro proportional_part(amount, part, whole) -%}
    {{ return(adapter.dispatch("proportional_part")(amount, part, whole)) }}
{%- endmacro %}

{% macro duckdb__proportional_part(amount, part, whole) -%}
    cast(
        divide(
            cast({{ amount }} as hugeint) * cast({{ part }} as hugeint),
            cast({{ whole }} as hugeint)
        ) as bigint
    )
{%- endmacro %}
