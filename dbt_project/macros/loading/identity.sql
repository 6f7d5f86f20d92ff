{#- What the loader made of an identity number, under the names that every model uses. -#}
{% macro identity(column) -%}
    {{ column }}_key as person_key,
    {{ column }}_kind as number_kind,
    {{ column }}_sex as number_sex,
    {{ column }}_birth_year as birth_year,
    {{ column }}_birth_month as birth_month
{%- endmacro %}
