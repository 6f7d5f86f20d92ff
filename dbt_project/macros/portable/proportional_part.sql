{#- The part of an integer amount that falls to a part of a whole above nothing, rounded down, also
    below nothing. Parts that run up to the whole run up to the amount, so their differences lose and
    invent nothing, and each is less than one from its exact part. -#}
{% macro proportional_part(amount, part, whole) -%}
    {{ return(adapter.dispatch("proportional_part")(amount, part, whole)) }}
{%- endmacro %}

{% macro duckdb__proportional_part(amount, part, whole) -%}
    {%- set product = (
        "cast(" ~ amount ~ " as hugeint) * cast(" ~ part ~ " as hugeint)"
    ) -%}
    {%- set whole = "cast(" ~ whole ~ " as hugeint)" -%}
    cast(
        divide({{ product }}, {{ whole }})
        - case when mod({{ product }}, {{ whole }}) < 0 then 1 else 0 end as bigint
    )
{%- endmacro %}
