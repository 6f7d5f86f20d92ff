{#- What DuckDB and Spark write or mean differently stands here, one macro a thing. -#}
{#- First day of the month, quarter or year of a date. -#}
{% macro period_start(date, grain) -%}
    cast(date_trunc('{{ grain }}', {{ date }}) as date)
{%- endmacro %}

{#- Last day of the month, quarter or year that starts on a date. -#}
{% macro period_end(start, grain) -%}
    {{ return(adapter.dispatch("period_end")(start, grain)) }}
{%- endmacro %}

{% macro duckdb__period_end(start, grain) -%}
    cast(cast({{ start }} as date) + interval 1 {{ grain }} - interval 1 day as date)
{%- endmacro %}

{#- Whole days from one date to another. -#}
{% macro days_between(earlier, later) -%}
    {{ return(adapter.dispatch("days_between")(earlier, later)) }}
{%- endmacro %}

{% macro duckdb__days_between(earlier, later) -%}
    date_diff('day', {{ earlier }}, {{ later }})
{%- endmacro %}

{#- The day after a date. -#}
{% macro day_after(date) -%}
    {{ return(adapter.dispatch("day_after")(date)) }}
{%- endmacro %}

{% macro duckdb__day_after(date) -%}
    cast({{ date }} + interval 1 day as date)
{%- endmacro %}

{#- The same day a number of months later. -#}
{% macro months_after(date, months) -%}
    {{ return(adapter.dispatch("months_after")(date, months)) }}
{%- endmacro %}

{% macro duckdb__months_after(date, months) -%}
    cast({{ date }} + interval {{ months }} month as date)
{%- endmacro %}

{#-
    Completed years on a date, from year and month of birth: no day of birth is kept, so everyone
    turns a year older on the first day of the month. Month unknown: on the first of January.
-#}
{% macro age_on(date, birth_year, birth_month) -%}
    extract(year from {{ date }})
    - {{ birth_year }}
    - case
        when extract(month from {{ date }}) < coalesce({{ birth_month }}, 1)
        then 1
        else 0
    end
{%- endmacro %}

{#- Every month start from a date to a date, one row each: `month`. -#}
{% macro month_starts(first, last) -%}
    {{ return(adapter.dispatch("month_starts")(first, last)) }}
{%- endmacro %}

{% macro duckdb__month_starts(first, last) -%}
    select
        cast(
            unnest(generate_series({{ first }}, {{ last }}, interval 1 month)) as date
        ) as month
{%- endmacro %}

{#- A bit that stands for the month of a date, so that distinct months can be counted after any
    number of regroupings: bit_or() them, then bit_count(). -#}
{% macro month_bit(date) -%}
    {{ return(adapter.dispatch("month_bit")(date)) }}
{%- endmacro %}

{% macro duckdb__month_bit(date) -%}
    1 << cast(extract(month from {{ date }}) - 1 as integer)
{%- endmacro %}
