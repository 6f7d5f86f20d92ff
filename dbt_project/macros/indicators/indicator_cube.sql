{#-
    The cube of a service area from its registry blocks: numerator and denominator of every
    indicator in every cell that has rows, of the breakdowns that its block declares. What is missing
    is for indicator_grid to say.

    `facts` maps the name a block uses to its relation: literal refs in the area's model, so that
    lineage and state:modified see them. So does `models`, for blocks that name a model.
    `collection` says which months of which fact have come from whom: a base is of the same areas.

    How persons are counted: a fact is reduced to person × set, for each set of axes that may differ
    for a person within a period; persons are counted there, and only over axes that are constant for
    a person are counts summed (observed_cells).
-#}
{% macro indicator_cube(facts, collection, models={}) %}
    {%- set blocks = indicator_blocks(model.name, all=true) -%}
    {%- set groups = fact_groups(blocks) -%}
    {%- set selects, observed = [], [] -%}
    {%- for group in groups.values() if fact_meta(group.fact).kind == "observed" -%}
        {%- do append_new(observed, group.fact) -%}
    {%- endfor -%}
    {%- for block in blocks -%}
        {%- if block.model -%}
            {%- do selects.append(model_select(block, models[block.model.name])) -%}
        {%- elif block.parts[0].kind == "quantile" -%}
            {%- do selects.append(
                quantile_select(block, facts[block.parts[0].fact])
            ) -%}
            {%- if block.followed_by -%}
                {%- do selects.append(
                    block_select(groups, block, followed_parts(block))
                ) -%}
            {%- endif -%}
        {%- elif part_pair(groups, block) -%}
            {%- do selects.append(
                block_select(
                    groups, block, block.parts + followed_parts(block)
                )
            ) -%}
        {%- else -%}
            {%- for part in block.parts -%}
                {%- set followed = followed_parts(block) if loop.first else [] -%}
                {%- do selects.append(
                    block_select(groups, block, [part] + followed)
                ) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    with
        {{ counted_on() }},
        {% for fact in observed %} {{ movers(fact, facts[fact]) }}, {% endfor %}
        {% for group in groups.values() %}
            {%- set kind = fact_meta(group.fact).kind -%}
            {%- if kind == "observed" -%}
                {{ observed_cells(group, facts[group.fact], collection) }},
            {%- elif kind == "published" -%}
                {{ published_cells(group, facts[group.fact], collection) }},
            {%- else -%} {{ unsplit_cells(group, facts[group.fact]) }},
            {%- endif %}
        {% endfor %}
        cell as ({{ selects | join(" union all ") or "select 0 as parsed" }})

    {% if selects -%}
        select
            {{ cell_columns() }},
            {%- for column in cube_columns() %}
                max({{ column }}) as {{ column }} {%- if not loop.last %}, {% endif -%}
            {%- endfor %}
        from cell
        group by {{ cell_columns() }}
    {%- else %} select * from cell
    {%- endif %}
{% endmacro %}

{#- What the cube says of a cell, with its type: the one place that names them. -#}
{% macro cube_columns() %}
    {{
        return(
            {
                "numerator": "decimal(20, 2)",
                "denominator": "decimal(20, 2)",
                "numerator_person_count": "bigint",
                "denominator_person_count": "bigint",
                "numerator_largest": "decimal(20, 2)",
                "numerator_squares": "decimal(38, 4)",
                "denominator_squares": "decimal(38, 4)",
                "cross_products": "decimal(38, 4)",
                "to_follow_count": "bigint",
                "followed_count": "bigint",
            }
        )
    }}
{% endmacro %}

{#- Cells of parts of one indicator that are of one group, in the cube's columns. -#}
{% macro block_select(groups, block, parts) %}
    {%- set group = groups[group_key(block, parts[0])] -%}
    {%- set is_observed = fact_meta(group.fact).kind == "observed" -%}
    {%- set found = {} -%}
    {%- for part in parts -%}
        {%- if part.kind == "tally" -%}
            {%- set i = group["values"].index(part_value(group, part)) -%}
        {%- elif is_observed -%}
            {%- set i = group["values"].index(part_value(group, part)) -%}
            {%- set value = group["values"][i] -%}
            {%- set flag = "quantity_" ~ i if value.is_flag else none -%}
            {%- do found.update(
                {
                    part.role ~ "_person_count": flag or "person_count_" ~ i,
                    part.role ~ "_squares": flag or "squares_" ~ i,
                }
            ) -%}
            {%- if part.role == "numerator" -%}
                {%- do found.update(
                    {
                        "numerator_largest": (
                            "case when " ~ flag ~ " > 0 then 1 else 0 end"
                            if flag
                            else "largest_" ~ i
                        )
                    }
                ) -%}
            {%- endif -%}
        {%- else -%} {%- set i = group.measures.index(part_measure(part)) -%}
        {%- endif -%}
        {%- set suffix = "_count" if part.kind == "tally" else "" -%}
        {%- do found.update({part.role ~ suffix: "quantity_" ~ i}) -%}
    {%- endfor -%}
    {%- if is_observed and parts[:2] == block.parts and part_pair(groups, block) -%}
        {%- do found.update(
            {
                "cross_products": "products_"
                ~ group.pairs.index(part_pair(groups, block))
            }
        ) -%}
    {%- endif -%}
    {#- Of persons who are among those of the base each counts once in both. -#}
    {%- if block.is_among_base and parts[0].role == "numerator" -%}
        {%- do found.update({"cross_products": found.numerator}) -%}
    {%- endif -%}
    {%- set breakdowns = [] -%}
    {%- for breakdown in block.cells -%}
        {%- do append_new(breakdowns, breakdown_name(breakdown)) -%}
    {%- endfor -%}
    select
        '{{ block.indicator_id }}' as indicator_id,
        area_level,
        area_code,
        period_start,
        '{{ block.period }}' as period_grain,
        sex,
        age_band,
        birth_region,
        category_axis,
        category,
        {%- for column, type in cube_columns().items() %}
            cast({{ found.get(column, "null") }} as {{ type }}) as {{ column }}
            {%- if not loop.last %}, {% endif -%}
        {%- endfor %}
    from {{ group.name }}
    where breakdown in ('{{ breakdowns | join("', '") }}')
{% endmacro %}

{#- Cells of an indicator whose figure is a quantile of rows: it adds up over nothing, so every cell is
    made of its rows. -#}
{% macro quantile_select(block, relation) %}
    {%- set part = block.parts[0] -%}
    {%- for breakdown in block.cells %}
        {%- set crossed = category_axes(breakdown) %}
        select
            '{{ block.indicator_id }}' as indicator_id,
            area_level,
            area_code,
            {{ period_start(part.date, block.period) }} as period_start,
            '{{ block.period }}' as period_grain,
            case when grouping(sex) = 1 then 'total' else sex end as sex,
            {%- for axis in ["age_band", "birth_region"] %}
                {{ axis if axis in breakdown else "'total'" }} as {{ axis }},
            {%- endfor %}
            '{{ crossed_axis(crossed) }}' as category_axis,
            {{ crossed_category(crossed) }} as category,
            {%- set found = {
                "numerator": quantile(part.expression, part.quantile),
                "numerator_person_count": "count(distinct person_key)",
            } -%}
            {%- for column, type in cube_columns().items() %}
                cast({{ found.get(column, "null") }} as {{ type }}) as {{ column }}
                {%- if not loop.last %}, {% endif -%}
            {%- endfor %}
        from ({{ at_each_level(relation) }}) as counted
        where {{ part.where }} and {{ part.expression }} is not null
        group by
            2, 3, 4 {%- for axis in breakdown %}, {{ axis }} {%- endfor %}, cube (sex)
        {%- if not loop.last %}
            union all
        {% endif -%}
    {%- endfor %}
{% endmacro %}

{#- Cells of an indicator that a model of its own has computed, in the order of block_select. -#}
{% macro model_select(block, relation) %}
    {%- set found = {
        "numerator": "numerator",
        "numerator_person_count": "person_count",
    } -%}
    select
        indicator_id,
        area_level,
        area_code,
        period_start,
        period_grain,
        sex,
        age_band,
        birth_region,
        category_axis,
        category,
        {%- for column, type in cube_columns().items() %}
            cast({{ found.get(column, "null") }} as {{ type }}) as {{ column }}
            {%- if not loop.last %}, {% endif -%}
        {%- endfor %}
    from {{ relation }}
    where indicator_id = '{{ block.indicator_id }}'
{% endmacro %}
