{#- The sum of a term over the whole numbers `name` from one to another, both included. -#}
{% macro sum_over(name, first, last, term) -%}
    {{ return(adapter.dispatch("sum_over")(name, first, last, term)) }}
{%- endmacro %}

{% macro duckdb__sum_over(name, first, last, term) -%}
    list_sum(
        list_transform(
            range(cast({{ first }} as bigint), cast({{ last }} as bigint) + 1),
            {{ "lambda " ~ name ~ ": " }} {{ term }}
        )
    )
{%- endmacro %}

{#- The natural logarithm of n!. -#}
{% macro log_factorial(n) -%}
    {{ return(adapter.dispatch("log_factorial")(n)) }}
{%- endmacro %}

{% macro duckdb__log_factorial(n) -%}
    lgamma(cast({{ n }} as double) + 1)
{%- endmacro %}

{#- The sum of doubles, the same from run to run: in decimals, for doubles are added in the order in
    which threads come by them. -#}
{% macro sum_of_doubles(term) -%}
    cast(sum(cast({{ term }} as decimal(38, 10))) as double)
{%- endmacro %}
