{#-
    The cube of a service area from its registry blocks: numerator and denominator of every
    indicator in every cell that has rows. What is missing is for indicator_grid to say.

    `facts` maps the name a block uses to its relation: literal refs in the area's model, so that
    lineage and state:modified see them.

    How persons are counted: a fact is reduced once to person × finest cell; then, for each area
    level and each set of axes that may differ for a person within a period, to person × that set.
    Persons are counted there, and only over axes that are constant for a person are counts summed.
-#}
{% macro area_cube(facts, participants) %}
    {%- set blocks = indicator_blocks(model.name) -%}
    {%- set groups = fact_groups(blocks) -%}
    with
        {% for group in groups.values() %}
            {%- if fact_meta(group.fact).kind == "observed" -%}
                {{ observed_cells(group, facts[group.fact]) }},
            {%- else -%} {{ published_cells(group, facts[group.fact], participants) }},
            {%- endif %}
        {% endfor %}
        part as (
            {% for block in blocks -%}
                {%- for part in block.parts %}
                    {{ part_select(groups, block, part) }}
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

{#- The key of the cube without sex: women and men of one cell stand in one row of a gap. -#}
{% macro gap_key() %}
    {{
        return(
            [
                "indicator_id",
                "area_level",
                "area_code",
                "period_start",
                "period_grain",
                "age_band",
                "birth_region",
                "category_axis",
                "category",
            ]
        )
    }}
{% endmacro %}

{#- What mart_indicator says of a cell whatever the sex: names, unit, labels. -#}
{% macro gap_names() %}
    {{
        return(
            [
                "service_area",
                "indicator_name_sv",
                "indicator_name_en",
                "unit",
                "better",
                "area_name",
                "year",
                "age_band_label_sv",
                "birth_region_label_sv",
                "category_label_sv",
                "release_status",
            ]
        )
    }}
{% endmacro %}

{#- The key of the cube, as a list of columns. -#}
{% macro cell_columns(prefix="") -%}
    {%- for column in gap_key() + ["sex"] -%}
        {{ prefix }}{{ column }} {%- if not loop.last %}, {% endif -%}
    {%- endfor -%}
{%- endmacro %}

{#-
    What is read together: one group per fact, date column and period grain. Of a published fact
    also per fact that it is the denominator of, for its county rows cover that fact's areas.

    measures: aggregates over a person's rows · values: SQL over measures, what a person contributes
    to a part · pairs: values multiplied for the variance of a quotient · sets: breakdowns.
-#}
{% macro fact_groups(blocks) %}
    {%- set groups = {} -%}
    {%- for block in blocks -%}
        {%- for part in block.parts -%}
            {%- set key = group_key(block, part) -%}
            {%- if key not in groups -%}
                {%- do groups.update(
                    {
                        key: {
                            "name": "group_" ~ groups | length,
                            "fact": part.fact,
                            "date": part.date,
                            "period": block.period,
                            "areas_of": block.parts[0].fact,
                            "measures": [],
                            "values": [],
                            "pairs": [],
                            "sets": [],
                        }
                    }
                ) -%}
            {%- endif -%}
            {%- set group = groups[key] -%}
            {%- do append_new(group.measures, part_measure(part)) -%}
            {%- do append_new(group["values"], part_value(group, part)) -%}
            {%- for breakdown in [[]] + block.breakdowns -%}
                {%- do append_new(group.sets, breakdown | sort) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- set pair = part_pair(groups, block) -%}
        {%- if pair -%}
            {%- do append_new(groups[group_key(block, block.parts[0])].pairs, pair) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(groups) }}
{% endmacro %}

{% macro append_new(list, item) %}
    {%- if item not in list -%} {%- do list.append(item) -%} {%- endif -%}
{% endmacro %}

{% macro group_key(block, part) %}
    {%- set areas_of = (
        ""
        if fact_meta(part.fact).kind == "observed"
        else block.parts[0].fact
    ) -%}
    {{ return([part.fact, part.date, block.period, areas_of] | join("|")) }}
{% endmacro %}

{#- The aggregate over a person's rows that a part needs; for persons, the number of rows. -#}
{% macro part_measure(part) %}
    {{
        return(
            {
                "kind": "rows" if part.kind == "persons" else part.kind,
                "expression": part.expression,
                "where": part.where,
            }
        )
    }}
{% endmacro %}

{#- What one person contributes to a part. -#}
{% macro part_value(group, part) %}
    {%- set measure = "m" ~ group.measures.index(part_measure(part)) -%}
    {%- if part.kind == "persons" -%}
        {{ return("case when " ~ measure ~ " > 0 then 1 else 0 end") }}
    {%- elif part.kind == "months" -%}
        {{
            return(
                "case when bit_count("
                ~ measure
                ~ ") >= "
                ~ part.at_least
                ~ " then 1 else 0 end"
            )
        }}
    {%- else -%} {{ return(measure) }}
    {%- endif -%}
{% endmacro %}

{#- Numerator and denominator as values of the same group, where they are. -#}
{% macro part_pair(groups, block) %}
    {%- if block.parts | length == 2 and group_key(
        block, block.parts[0]
    ) == group_key(block, block.parts[1]) -%}
        {%- set group = groups[group_key(block, block.parts[0])] -%}
        {%- if fact_meta(group.fact).kind == "observed" -%}
            {{
                return(
                    [
                        part_value(group, block.parts[0]),
                        part_value(group, block.parts[1]),
                    ]
                )
            }}
        {%- endif -%}
    {%- endif -%}
    {{ return([]) }}
{% endmacro %}

{#- A measure over rows, and over what was aggregated before. -#}
{% macro measure_over_rows(measure, date) -%}
    {%- if measure.kind == "rows" -%} count(*) filter (where {{ measure.where }})
    {%- elif measure.kind == "months" -%}
        coalesce(bit_or({{ month_bit(date) }}) filter (where {{ measure.where }}), 0)
    {%- else -%}
        coalesce(sum({{ measure.expression }}) filter (where {{ measure.where }}), 0)
    {%- endif -%}
{%- endmacro %}

{% macro measure_regrouped(measure, name) -%}
    {{ "bit_or" if measure.kind == "months" else "sum" }} ({{ name }})
{%- endmacro %}

{#- The levels of areas, each with its code from the municipality's. -#}
{% macro area_levels() %}
    {{
        return(
            {
                "municipality": "municipality_code",
                "county": "substr(municipality_code, 1, 2)",
                "all": "'all'",
            }
        )
    }}
{% endmacro %}

{#-
    CTEs of an observed fact: <group>_base (person × finest cell), <group>_<level>_<axes> (person ×
    set) and <group> (cells of all levels and sets, `total` where an axis is summed over).
-#}
{% macro observed_cells(group, relation) %}
    {%- set constant = fact_meta(group.fact).constant_in_period -%}
    {%- set axes = group.sets | sum(start=[]) | unique | list -%}
    {%- set varying_sets = {} -%}
    {%- for breakdown in group.sets -%}
        {%- do varying_sets.setdefault(
            breakdown | reject("in", constant) | join(","), []
        ).append(breakdown) -%}
    {%- endfor -%}
    {%- set selects = [] -%}
    {{ group.name }}_base as (
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
    )
    {%- for level, area_code in area_levels().items() -%}
        {%- for varying, breakdowns in varying_sets.items() -%}
            {%- set kept = axes | select("in", breakdowns | sum(start=[])) | list -%}
            {%- set person_table = group.name ~ "_" ~ level ~ "_" ~ loop.index0 -%}
            {%- do selects.append(
                cell_select(group, level, person_table, breakdowns, kept)
            ) %},
            {{ person_table }} as (
                select
                    period_start,
                    {{ area_code }} as area_code,
                    sex,
                    person_key
                    {%- for axis in kept %}, {{ axis }} {%- endfor %}
                    {%- for measure in group.measures %}
                        ,
                        {{ measure_regrouped(measure, "m" ~ loop.index0) }}
                        as m{{ loop.index0 }}
                    {%- endfor %}
                from {{ group.name }}_base
                group by 1, 2, 3, 4 {%- for axis in kept %}, {{ axis }} {%- endfor %}
            )
        {%- endfor -%}
    {%- endfor %},
    {{ group.name }} as ({{ selects | join(" union all ") }})
{% endmacro %}

{#- Cells of one person table; breakdowns that share it differ only in constant axes. -#}
{% macro cell_select(group, level, person_table, breakdowns, kept) %}
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
            , {{ value_statistics(value, loop.index0) }}
        {%- endfor %}
        {%- for numerator, denominator in group.pairs %}
            ,
            sum(
                {{ exact_product(numerator, denominator) }}
            ) as products_{{ loop.index0 }}
        {%- endfor %}
    from {{ person_table }}
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

{#- Sum, contributing persons, largest contribution and sum of squares of what persons contribute. -#}
{% macro value_statistics(value, index) -%}
    sum({{ value }}) as quantity_{{ index }},
    {% if value.startswith("case") -%}
        sum({{ value }}) as person_count_{{ index }},
        max({{ value }}) as largest_{{ index }},
        sum({{ value }}) as squares_{{ index }}
    {%- else -%}
        count(*) filter (where {{ value }} <> 0) as person_count_{{ index }},
        max({{ value }}) as largest_{{ index }},
        sum({{ exact_product(value, value) }}) as squares_{{ index }}
    {%- endif %}
{%- endmacro %}

{#- Product of two contributions without rounding. -#}
{% macro exact_product(left, right) -%}
    cast({{ left }} as decimal(18, 2)) * cast({{ right }} as decimal(18, 2))
{%- endmacro %}

{#-
    Cells of a published fact. Sex and region of birth are looked up, never summed, for the agency's
    totals may differ from the sum of the parts; ages are summed, for agencies publish single years.
    County and all are the sum of the municipalities that take part in `areas_of`.
-#}
{% macro published_cells(group, relation, participants) %}
    {%- set axes = group.sets | sum(start=[]) | unique | list -%}
    {%- set sums_ages = (
        "age_band" in graph.nodes["model.jamvikt.fct_" ~ group.fact].columns
    ) -%}
    {%- set has_birth = (
        "birth_region"
        in graph.nodes["model.jamvikt.fct_" ~ group.fact].columns
    ) -%}
    {%- set others = (
        graph.nodes["model.jamvikt.fct_" ~ group.fact].columns.keys()
        | reject("in", ["area_level", "area_code"])
        | join(", ")
    ) %}
    {{ group.name }}_municipality as (
        select fact.*
        from {{ relation }} as fact
        inner join
            {{ participants }} as participant
            on participant.fact = '{{ group.areas_of }}'
            and participant.area_code = fact.area_code
        where fact.area_level = 'municipality'
    ),
    {{ group.name }}_area as (
        select area_level, area_code, {{ others }}
        from {{ relation }}
        where area_level <> 'municipality'
        {% for level, area_code in area_levels().items() -%}
            union all
            select
                '{{ level }}',
                {{ area_code | replace("municipality_code", "area_code") }},
                {{ others }}
            from {{ group.name }}_municipality
        {% endfor %}
    ),
    {{ group.name }} as (
        select
            area_level,
            area_code,
            {{ period_start(group.date, group.period) }} as period_start,
            sex,
            {% if sums_ages %}
                case when grouping(age_band) = 1 then 'total' else age_band end
            {%- else %} 'total'
            {%- endif %} as age_band,
            {{ "birth_region" if has_birth else "'total'" }} as birth_region,
            'total' as category_axis,
            'total' as category
            {%- for measure in group.measures %}
                ,
                sum({{ measure.expression if measure.kind == "sum" else 1 }}) filter (
                    where {{ measure.where }}
                ) as quantity_{{ loop.index0 }}
            {%- endfor %}
        from {{ group.name }}_area
        group by
            grouping sets (
                (
                    area_level,
                    area_code,
                    {{ period_start(group.date, group.period) }},
                    sex {{- ", birth_region" if has_birth }}
                )
                {%- if sums_ages %}
                    ,
                    (
                        area_level,
                        area_code,
                        {{ period_start(group.date, group.period) }},
                        sex,
                        age_band {{- ", birth_region" if has_birth }}
                    )
                {%- endif %}
            )
    )
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
