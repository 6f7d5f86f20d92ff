{#- A household of the same kind whoever heads it: single women beside single men. -#}
{% macro household_kind(household_type) -%}
    case
        when {{ household_type }} in ('single_woman', 'single_man')
        then 'single'
        when
            {{ household_type }}
            in ('single_woman_with_children', 'single_man_with_children')
        then 'single_with_children'
        else {{ household_type }}
    end
{%- endmacro %}
