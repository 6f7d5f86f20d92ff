{#-
    CTEs of an observed fact: where persons are to be grouped more than once, <group>_row (person ×
    finest cell); for each set of varying axes <group>_<n> (person × set × area); <group>_cell (the
    finest cells of all sets); <group>_area (the same with county and all); and <group> (cells of all
    breakdowns, `total` where an axis is summed over).

    County and all are the sum of the municipalities, but for movers, who are counted anew on each
    level (counted_on). They are few, so the levels cost next to nothing.
-#}
{% macro observed_cells(group, relation, collection) %}
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
    {%- set is_grouped_again = varying_sets | length > 1 -%}
    {%- set cells, margins = [], [] -%}
    {%- if is_grouped_again -%}
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
            where {{ counted_rows(group, collection) }}
            group by 1, 2, 3, 4 {%- for axis in axes %}, {{ axis }} {%- endfor %}
        ),
    {%- endif %}
    {%- for breakdowns in varying_sets.values() -%}
        {%- set kept = axes | select("in", breakdowns | sum(start=[])) | list -%}
        {%- set person_table = group.name ~ "_" ~ loop.index0 -%}
        {%- do cells.append(
            finest_cells(group, person_table, loop.index0, axes, kept)
        ) -%}
        {%- do margins.append(
            rolled_up(group, loop.index0, breakdowns, kept, constant)
        ) %}
        {{ person_table }} as (
            select
                {% if is_grouped_again -%} period_start
                {%- else -%} {{ period_start(group.date, group.period) }}
                {%- endif %} as period_start,
                counted_on.area_level,
                {{ area_code_on("counted_on.area_level", "municipality_code") }}
                as area_code,
                sex,
                counted_on.is_mover,
                person_key
                {%- for axis in kept %}, {{ axis }} {%- endfor %}
                {%- for value in group["values"] %}
                    ,
                    {{ person_value(group, value, is_grouped_again) }}
                    as v{{ loop.index0 }}
                {%- endfor %}
            from {{ group.name ~ "_row" if is_grouped_again else relation }}
            left join {{ group.fact }}_mover as mover on person_key = mover.mover_key
            inner join counted_on on counted_on.is_mover = (mover.mover_key is not null)
            {%- if not is_grouped_again %}
                where {{ counted_rows(group, collection) }}
            {%- endif %}
            group by 1, 2, 3, 4, 5, 6 {%- for axis in kept %}, {{ axis }} {%- endfor %}
        ),
    {%- endfor %}
    {{ group.name }}_cell as ({{ cells | join(" union all ") }}),
    {{ group.name }}_area as (
        select *
        from {{ group.name }}_cell
        union all
        select
            cell.set_number,
            cell.period_start,
            counted_on.area_level,
            {{ area_code_on("counted_on.area_level", "cell.area_code") }},
            cell.{{ finest_cell_columns(group, axes)[4:] | join(", cell.") }}
        from {{ group.name }}_cell as cell
        inner join counted_on on counted_on.is_mover
        where not cell.is_mover and counted_on.area_level <> 'municipality'
    ),
    {{ group.name }} as ({{ margins | join(" union all ") }})
{% endmacro %}

{#- Levels that a person is counted on: a mover on each of them, others in the municipality. -#}
{% macro counted_on() %}
    counted_on as (
        select false as is_mover, 'municipality' as area_level
        {% for level in area_levels() -%}
            union all
            select true, '{{ level }}'
        {% endfor %}
    )
{% endmacro %}

{#- Persons who are in more than one municipality at any time: found once per fact. Who moves between
    periods is counted anew to no other effect. -#}
{% macro movers(fact, relation) %}
    {{ fact }}_mover as (
        select person_key as mover_key
        from {{ relation }}
        group by person_key
        having min(municipality_code) <> max(municipality_code)
    )
{% endmacro %}

{#- Rows that any part of the group counts. -#}
{% macro counted_rows(group, collection) -%}
    ({{ group.measures | map(attribute="where") | unique | join(" or ") }})
    {%- if group.areas_of %}
        and {{ is_of_areas(group, "municipality_code", collection) }}
    {%- endif %}
{%- endmacro %}

{#- Whether a row of a base is of an area and period that anything counted has come for. -#}
{% macro is_of_areas(group, municipality_code, collection) -%}
    exists (
        select 1
        from {{ collection }} as collection
        where
            collection.fact = '{{ group.areas_of }}'
            and collection.is_collected
            and collection.area_code = {{ municipality_code }}
            and {{ period_start("collection.month", group.period) }}
            = {{ period_start(group.date, group.period) }}
    )
{%- endmacro %}

{#- A measure over rows of the fact. -#}
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

{#- What one person contributes to a part, from rows of the fact or, grouped again, from measures of
    the person's rows: a flag (one person or none), a count of rows or of months, or a sum. -#}
{% macro person_value(group, value, is_grouped_again) -%}
    {%- set m = "m" ~ value.measure -%}
    {%- if not is_grouped_again -%}
        {%- set measured = measure_over_rows(
            group.measures[value.measure], group.date
        ) -%}
    {%- elif value.kind in ["months", "at_least"] -%}
        {%- set measured = "bit_or(" ~ m ~ ")" -%}
    {%- else -%} {%- set measured = "sum(" ~ m ~ ")" -%}
    {%- endif -%}
    {%- if value.kind == "persons" -%} case when {{ measured }} > 0 then 1 else 0 end
    {%- elif value.kind == "at_least" -%}
        case when bit_count({{ measured }}) >= {{ value.at_least }} then 1 else 0 end
    {%- elif value.kind == "months" -%} cast(bit_count({{ measured }}) as bigint)
    {%- elif value.kind in ["rows", "tally"] -%} cast({{ measured }} as bigint)
    {%- else -%} cast({{ measured }} as decimal(18, 2))
    {%- endif -%}
{%- endmacro %}

{#- Persons of one person table, counted and summed in its finest cells. -#}
{% macro finest_cells(group, person_table, set_number, axes, kept) %}
    select
        {{ set_number }} as set_number,
        period_start,
        area_level,
        area_code,
        sex,
        is_mover
        {%- for axis in axes %}
            ,
            {% if axis in kept -%} {{ axis }}
            {%- else -%} cast(null as varchar)
            {%- endif %} as {{ axis }}
        {%- endfor %}
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
    group by
        period_start,
        area_level,
        area_code,
        sex,
        is_mover
        {%- for axis in kept %}, {{ axis }} {%- endfor %}
{% endmacro %}

{#- The columns of finest_cells, in its order. -#}
{% macro finest_cell_columns(group, axes) %}
    {%- set columns = [
        "set_number",
        "period_start",
        "area_level",
        "area_code",
        "sex",
        "is_mover",
    ] + axes -%}
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

{#- Margins of one set's finest cells over axes that are constant for a person. -#}
{% macro rolled_up(group, set_number, breakdowns, kept, constant) %}
    {%- set crossed = category_axes(kept) -%}
    {%- set key = ["area_level", "area_code", "period_start"] -%}
    select
        area_level,
        area_code,
        period_start,
        case when grouping(sex) = 1 then 'total' else sex end as sex,
        {%- for axis in ["age_band", "birth_region"] %}
            {% if axis in kept -%}
                case when grouping({{ axis }}) = 1 then 'total' else {{ axis }} end
            {%- else -%} 'total'
            {%- endif %} as {{ axis }},
        {%- endfor %}
        '{{ crossed_axis(crossed) }}' as category_axis,
        {{ crossed_category(crossed) }} as category,
        {% if breakdowns | length == 1 -%} '{{ breakdown_name(breakdowns[0]) }}'
        {%- else -%}
            case
                {%- for breakdown in breakdowns %}
                    when
                        {% for axis in kept if axis in constant -%}
                            grouping({{ axis }}) = {{ 0 if axis in breakdown else 1 }}
                            {%- if not loop.last %} and {% endif -%}
                        {%- endfor %}
                    then '{{ breakdown_name(breakdown) }}'
                {%- endfor %}
            end
        {%- endif %} as breakdown
        {%- for value in group["values"] %}
            {%- set i = loop.index0 %},
            sum(quantity_{{ i }}) as quantity_{{ i }}
            {%- if not value.is_flag %}
                ,
                sum(person_count_{{ i }}) as person_count_{{ i }},
                max(largest_{{ i }}) as largest_{{ i }},
                sum(squares_{{ i }}) as squares_{{ i }}
            {%- endif %}
        {%- endfor %}
        {%- for _pair in group.pairs %}
            , sum(products_{{ loop.index0 }}) as products_{{ loop.index0 }}
        {%- endfor %}
    from {{ group.name }}_area
    where set_number = {{ set_number }}
    group by
        grouping sets (
            {%- for breakdown in breakdowns %}
                ({{ (key + breakdown + ["sex"]) | join(", ") }}),
                ({{ (key + breakdown) | join(", ") }})
                {%- if not loop.last %}, {% endif -%}
            {%- endfor %}
        )
{% endmacro %}
