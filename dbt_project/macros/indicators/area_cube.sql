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

{#- What one person contributes to a part, from the measures of the person's rows: a flag (one
    person or none), a count of rows or a sum. -#}
{% macro part_value(group, part) %}
    {%- set measure = "m" ~ group.measures.index(part_measure(part)) -%}
    {%- if part.kind == "persons" -%}
        {%- set sql = "case when sum(" ~ measure ~ ") > 0 then 1 else 0 end" -%}
    {%- elif part.kind == "months" -%}
        {%- set sql = (
            "case when bit_count(bit_or("
            ~ measure
            ~ ")) >= "
            ~ part.at_least
            ~ " then 1 else 0 end"
        ) -%}
    {%- elif part.kind == "rows" -%}
        {%- set sql = "cast(sum(" ~ measure ~ ") as bigint)" -%}
    {%- else -%} {%- set sql = "cast(sum(" ~ measure ~ ") as decimal(18, 2))" -%}
    {%- endif -%}
    {{ return({"sql": sql, "is_flag": part.kind in ["persons", "months"]}) }}
{% endmacro %}

{#- Numerator and denominator as numbers of values of the same group, where they are. -#}
{% macro part_pair(groups, block) %}
    {%- set keys = [] -%}
    {%- for part in block.parts -%}
        {%- do keys.append(group_key(block, part)) -%}
    {%- endfor -%}
    {%- if keys | length == 2 and keys[0] == keys[1] -%}
        {%- set group = groups[keys[0]] -%}
        {%- set numbers = [] -%}
        {%- for part in block.parts -%}
            {%- do numbers.append(group["values"].index(part_value(group, part))) -%}
        {%- endfor -%}
        {{ return(numbers) }}
    {%- endif -%}
    {{ return([]) }}
{% endmacro %}

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
    CTEs of an observed fact: <group>_base (person × finest cell); for each set of varying axes
    <group>_<level>_<n> (person × set) and ..._cell (its finest cells); and <group> (cells of all
    levels and breakdowns, `total` where an axis is summed over).

    County and all are the sum of the municipalities, but for movers: persons in more than one
    municipality in the period, who are counted anew at each level. They are few, so the levels
    cost next to nothing.
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
