{#-
    The home or unit that a row of a fact may be cut by, beside dim_person joined as `person`: a
    person with a protected identity stands in no cut by unit, for a unit is a place to look.
-#}
{% macro unit_in_cuts(unit, person="person") -%}
    case
        when coalesce({{ person }}.is_protected, false)
        then 'withheld'
        else coalesce({{ unit }}, 'unknown')
    end
{%- endmacro %}
