{#-
    The cube of a service area from its registry blocks: numerator and denominator of every
    indicator in every cell that has rows. What is missing is for indicator_grid to say.

    `facts` maps the name a block uses to its relation: literal refs in the area's model, so that
    lineage and state:modified see them. So does `models`, for blocks that name a model.

    How persons are counted: a fact is reduced once to person × finest cell; then, for each set of
    axes that may differ for a person within a period, to person × that set. Persons are counted
    there, and only over axes that are constant for a person are counts summed (observed_cells).
-#}
{% macro indicator_cube(facts, participants, models={}) %}
    {%- set blocks = indicator_blocks(model.name) -%}
    {%- set groups = fact_groups(blocks) -%}
    with
        {% for group in groups.values() %}
            {%- set kind = fact_meta(group.fact).kind -%}
            {%- if kind == "observed" -%}
                {{ observed_cells(group, facts[group.fact]) }},
            {%- elif kind == "published" -%}
                {{ published_cells(group, facts[group.fact], participants) }},
            {%- else -%} {{ unsplit_cells(group, facts[group.fact]) }},
            {%- endif %}
        {% endfor %}
        part as (
            {% for block in blocks -%}
                {%- for part in block.parts %}
                    {% if part.kind == "model" -%}
                        {{ model_select(block, models[block.model.name]) }}
                    {%- else -%}{{ part_select(groups, block, part) }}
                    {%- endif %}
                    {%- if not loop.last %}
                        union all
                    {% endif -%}
                {%- endfor -%}
                {%- if not loop.last %}
                    union all
                {% endif -%}
            {%- endfor %}
            {%- if not blocks %} select 0 as parsed {% endif %}
        )

    {% if blocks -%}
        select
            {{ cell_columns() }},
            max(quantity) filter (where role = 'numerator') as numerator,
            max(quantity) filter (where role = 'denominator') as denominator,
            max(person_count) filter (
                where role = 'numerator'
            ) as numerator_person_count,
            max(person_count) filter (
                where role = 'denominator'
            ) as denominator_person_count,
            max(largest) filter (where role = 'numerator') as numerator_largest,
            max(squares) filter (where role = 'numerator') as numerator_squares,
            max(squares) filter (where role = 'denominator') as denominator_squares,
            max(products) filter (where role = 'numerator') as cross_products
        from part
        group by {{ cell_columns() }}
    {%- else %} select * from part
    {%- endif %}
{% endmacro %}

{#- Cells of one part of one indicator, in the cube's columns. -#}
{% macro part_select(groups, block, part) %}
    {%- set group = groups[group_key(block, part)] -%}
    {%- set is_observed = fact_meta(part.fact).kind == "observed" -%}
    {%- set index = (
        group["values"].index(part_value(group, part))
        if is_observed
        else group.measures.index(part_measure(part))
    ) -%}
    {%- set pair = part_pair(groups, block) -%}
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
        '{{ part.role }}' as role,
        cast(quantity_{{ index }} as decimal(20, 2)) as quantity,
        {%- if is_observed %}
            cast(person_count_{{ index }} as bigint) as person_count,
            cast(largest_{{ index }} as decimal(20, 2)) as largest,
            cast(squares_{{ index }} as decimal(38, 4)) as squares,
            {% if pair %} cast(products_{{ group.pairs.index(pair) }} as decimal(38, 4))
            {%- else %} cast(null as decimal(38, 4))
            {%- endif %} as products
        {%- else %}
            cast(null as bigint) as person_count,
            cast(null as decimal(20, 2)) as largest,
            cast(null as decimal(38, 4)) as squares,
            cast(null as decimal(38, 4)) as products
        {%- endif %}
    from {{ group.name }}
{% endmacro %}

{#- Cells of an indicator that a model of its own has computed, in the order of part_select. -#}
{% macro model_select(block, relation) %}
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
        'numerator' as role,
        cast(numerator as decimal(20, 2)) as quantity,
        cast(person_count as bigint) as person_count,
        cast(null as decimal(20, 2)) as largest,
        cast(null as decimal(38, 4)) as squares,
        cast(null as decimal(38, 4)) as products
    from {{ relation }}
    where indicator_id = '{{ block.indicator_id }}'
{% endmacro %}
