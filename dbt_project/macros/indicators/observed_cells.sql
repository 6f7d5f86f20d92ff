{#- A measure over the rows of a person in a cell. -#}
{% macro measure_over_rows(measure, date) -%}
    {%- if measure.kind == "rows" -%} count(*) filter (where {{ measure.where }})
    {%- elif measure.kind == "months" -%}
        coalesce(bit_or({{ month_bit(date) }}) filter (where {{ measure.where }}), 0)
    {%- else -%}
        cast(
            coalesce(
                sum({{ measure.expression }}) filter (where {{ measure.where }}), 0
            ) as decimal(18, 2)
        )
    {%- endif -%}
{%- endmacro %}

{#-
    CTEs of an observed fact: <group>_base (person × finest cell); for each set of varying axes
    <group>_<level>_<n> (person × set) and ..._cell (its finest cells); and <group> (cells of all
    levels and breakdowns, `total` where an axis is summed over).

    County and all are the sum of the municipalities, but for movers: persons in more than one
    municipality in the period, who are counted anew at each level. They are few, so the levels
    cost next to nothing.
-#}
{% macro observed_cells(group, relation) %}
    {#- Another axis may be constant too, but has no margin in a cell: it makes a set of its own. -#}
    {%- set constant = (
        fact_meta(group.fact).constant_in_period
        | select("in", ["age_band", "birth_region"])
        | list
    ) -%}
    {%- set axes = group.sets | sum(start=[]) | unique | list -%}
    {%- set varying_sets = {} -%}
    {%- for breakdown in group.sets -%}
        {%- do varying_sets.setdefault(
            breakdown | reject("in", constant) | join(","), []
        ).append(breakdown) -%}
    {%- endfor -%}
    {%- set selects = [] -%}
    {{ group.name }}_row as (
        select
            {{ period_start(group.date, group.period) }} as period_start,
            municipality_code,
            sex,
            person_key
            {%- for axis in axes %}, {{ axis }} {%- endfor %}
            {%- for measure in group.measures %}
                , {{ measure_over_rows(measure, group.date) }} as m{{ loop.index0 }}
            {%- endfor %}
        from {{ relation }}
        where {{ group.measures | map(attribute="where") | unique | join(" or ") }}
        group by 1, 2, 3, 4 {%- for axis in axes %}, {{ axis }} {%- endfor %}
    ),
    {{ group.name }}_mover as (
        select period_start, person_key
        from {{ group.name }}_row
        group by 1, 2
        having min(municipality_code) <> max(municipality_code)
    ),
    {{ group.name }}_base as (
        select person_row.*, mover.person_key is not null as is_mover
        from {{ group.name }}_row as person_row
        left join
            {{ group.name }}_mover as mover
            on person_row.period_start = mover.period_start
            and person_row.person_key = mover.person_key
    )
    {%- for varying, breakdowns in varying_sets.items() -%}
        {%- set kept = axes | select("in", breakdowns | sum(start=[])) | list -%}
        {%- set n = loop.index0 -%}
        {%- set municipal = group.name ~ "_municipality_" ~ n -%}
        {%- for level, area_code in area_levels().items() -%}
            {%- set person_table = group.name ~ "_" ~ level ~ "_" ~ n -%}
            {%- do selects.append(
                rolled_up(
                    group, level, person_table ~ "_cell", breakdowns, kept
                )
            ) %},
            {{ person_table }} as (
                select
                    period_start,
                    {{ area_code }} as area_code,
                    sex,
                    is_mover,
                    person_key
                    {%- for axis in kept %}, {{ axis }} {%- endfor %}
                    {%- for value in group["values"] %}
                        , {{ value["sql"] }} as v{{ loop.index0 }}
                    {%- endfor %}
                from {{ group.name }}_base
                {%- if level != "municipality" %} where is_mover {%- endif %}
                group by 1, 2, 3, 4, 5 {%- for axis in kept %}, {{ axis }} {%- endfor %}
            ),
            {{ person_table }}_cell as (
                {{ finest_cells(group, person_table, kept) }}
                {%- if level != "municipality" %}
                    union all
                    select
                        period_start,
                        {{ area_code | replace("municipality_code", "area_code") }},
                        {{ finest_cell_columns(group, kept)[2:] | join(", ") }}
                    from {{ municipal }}_cell
                    where not is_mover
                {%- endif %}
            )
        {%- endfor -%}
    {%- endfor %},
    {{ group.name }} as ({{ selects | join(" union all ") }})
{% endmacro %}

{#- Persons of one person table, counted and summed in its finest cells. -#}
{% macro finest_cells(group, person_table, kept) %}
    select
        period_start,
        area_code,
        sex,
        is_mover
        {%- for axis in kept %}, {{ axis }} {%- endfor %}
        {%- for value in group["values"] %}
            {%- set v = "v" ~ loop.index0 %},
            sum({{ v }}) as quantity_{{ loop.index0 }}
            {%- if not value.is_flag %}
                ,
                count(*) filter (where {{ v }} <> 0) as person_count_{{ loop.index0 }},
                max({{ v }}) as largest_{{ loop.index0 }},
                sum({{ v }} * {{ v }}) as squares_{{ loop.index0 }}
            {%- endif %}
        {%- endfor %}
        {%- for numerator, denominator in group.pairs %}
            , sum(v{{ numerator }} * v{{ denominator }}) as products_{{ loop.index0 }}
        {%- endfor %}
    from {{ person_table }}
    group by 1, 2, 3, 4 {%- for axis in kept %}, {{ axis }} {%- endfor %}
{% endmacro %}

{#- The columns of finest_cells, in its order. -#}
{% macro finest_cell_columns(group, kept) %}
    {%- set columns = ["period_start", "area_code", "sex", "is_mover"] + kept -%}
    {%- for value in group["values"] -%}
        {%- set i = loop.index0 -%}
        {%- do columns.append("quantity_" ~ i) -%}
        {%- if not value.is_flag -%}
            {%- do columns.extend(
                ["person_count_" ~ i, "largest_" ~ i, "squares_" ~ i]
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for _pair in group.pairs -%}
        {%- do columns.append("products_" ~ loop.index0) -%}
    {%- endfor -%}
    {{ return(columns) }}
{% endmacro %}

{#- Margins of the finest cells over axes that are constant for a person. -#}
{% macro rolled_up(group, level, cell_table, breakdowns, kept) %}
    {%- set category_axis = category_axes(kept) | first -%}
    select
        '{{ level }}' as area_level,
        area_code,
        period_start,
        case when grouping(sex) = 1 then 'total' else sex end as sex,
        {%- for axis in ["age_band", "birth_region"] %}
            {% if axis in kept -%}
                case when grouping({{ axis }}) = 1 then 'total' else {{ axis }} end
            {%- else -%} 'total'
            {%- endif %} as {{ axis }},
        {%- endfor %}
        '{{ category_axis or "total" }}' as category_axis,
        {{ category_axis or "'total'" }} as category
        {%- for value in group["values"] %}
            {%- set i = loop.index0 %},
            sum(quantity_{{ i }}) as quantity_{{ i }}
            {%- if value.is_flag %}
                ,
                sum(quantity_{{ i }}) as person_count_{{ i }},
                case
                    when sum(quantity_{{ i }}) > 0 then 1 else 0
                end as largest_{{ i }},
                sum(quantity_{{ i }}) as squares_{{ i }}
            {%- else %}
                ,
                sum(person_count_{{ i }}) as person_count_{{ i }},
                max(largest_{{ i }}) as largest_{{ i }},
                sum(squares_{{ i }}) as squares_{{ i }}
            {%- endif %}
        {%- endfor %}
        {%- for _pair in group.pairs %}
            , sum(products_{{ loop.index0 }}) as products_{{ loop.index0 }}
        {%- endfor %}
    from {{ cell_table }}
    group by
        grouping sets (
            {%- for breakdown in breakdowns %}
                (
                    {{
                        (["period_start", "area_code", "sex"] + breakdown) | join(
                            ", "
                        )
                    }}
                ),
                ({{ (["period_start", "area_code"] + breakdown) | join(", ") }})
                {%- if not loop.last %}, {% endif -%}
            {%- endfor %}
        )
{% endmacro %}
