{#-
    Cells of a fact about no person: rows and sums per area and category, all of them `total`. Women
    and men are cells of the grid that the status not_applicable explains.
-#}
{% macro unsplit_cells(group, relation) %}
    {%- set axes = group.sets | sum(start=[]) | unique | list -%}
    {%- set selects = [] -%}
    {%- for breakdown in group.sets -%}
        {%- do selects.append(unsplit_select(group, breakdown)) -%}
    {%- endfor -%}
    {{ group.name }}_area as (
        select
            {{ period_start(group.date, group.period) }} as period_start,
            counted_on.area_level,
            {{ area_code_on("counted_on.area_level", "municipality_code") }}
            as area_code
            {%- for axis in axes %}, {{ axis }} {%- endfor %}
            {%- for measure in group.measures %}
                , {{ measure_over_rows(measure, group.date) }} as m{{ loop.index0 }}
            {%- endfor %}
        from {{ relation }}
        inner join counted_on on counted_on.is_mover
        group by 1, 2, 3 {%- for axis in axes %}, {{ axis }} {%- endfor %}
    ),
    {{ group.name }} as ({{ selects | join(" union all ") }})
{% endmacro %}

{% macro unsplit_select(group, breakdown) %}
    {%- set category_axis = category_axes(breakdown) | first -%}
    select
        area_level,
        area_code,
        period_start,
        'total' as sex,
        'total' as age_band,
        'total' as birth_region,
        '{{ category_axis or "total" }}' as category_axis,
        {{ category_axis or "'total'" }} as category,
        '{{ breakdown_name(breakdown) }}' as breakdown
        {%- for measure in group.measures %}
            , sum(m{{ loop.index0 }}) as quantity_{{ loop.index0 }}
        {%- endfor %}
    from {{ group.name }}_area
    group by
        area_level,
        area_code,
        period_start
        {%- if category_axis %}, {{ category_axis }} {%- endif %}
{% endmacro %}
