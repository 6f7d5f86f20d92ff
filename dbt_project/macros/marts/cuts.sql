{#-
    Code of one axis in a cell of a service area's model that is cut by none, one or all of `axes`:
    `total` where it is not cut by that one.
-#}
{% macro cut_code(axis, axes) -%}
    {%- set place = (axes | sort | list).index(axis) + 1 -%}
    case
        category_axis
        when '{{ axis }}'
        then category
        when '{{ crossed_axis(axes) }}'
        then split_part(category, ' ', {{ place }})
        else 'total'
    end
{%- endmacro %}
