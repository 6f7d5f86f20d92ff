{#- Whether neither sex is less than 40 per cent of a count; of nobody nothing is known. In whole
    numbers, so that exactly 40 per cent is balance. -#}
{% macro is_balanced(women, men) -%}
    case
        when {{ women }} + {{ men }} > 0
        then
            5 * {{ women }}
            between 2 * ({{ women }} + {{ men }}) and 3 * ({{ women }} + {{ men }})
    end
{%- endmacro %}
