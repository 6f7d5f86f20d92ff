{#-
    What is read together: one group per fact, date column and period grain. Of a published fact
    also per fact that it is the denominator of, for its county rows cover that fact's areas.

    measures: aggregates over a person's rows · values: what a person contributes to a part, each of
    a measure · pairs: values multiplied for the variance of a quotient · sets: breakdowns.
-#}
{% macro fact_groups(blocks) %}
    {%- set groups = {} -%}
    {%- for block in blocks -%}
        {%- for part in block.parts if part.kind != "model" -%}
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

{#- What the cells of a breakdown are called in the CTEs of a group. -#}
{% macro breakdown_name(breakdown) %}
    {{ return(breakdown | sort | join(" ") or "total") }}
{% endmacro %}

{% macro append_new(list, item) %}
    {%- if item not in list -%} {%- do list.append(item) -%} {%- endif -%}
{% endmacro %}

{% macro group_key(block, part) %}
    {%- set areas_of = (
        block.parts[0].fact
        if fact_meta(part.fact).kind == "published"
        else ""
    ) -%}
    {{ return([part.fact, part.date, block.period, areas_of] | join("|")) }}
{% endmacro %}

{#- The aggregate over a person's rows that a part needs; for persons, the number of rows, and for what
    counts months the set of them. -#}
{% macro part_measure(part) %}
    {{
        return(
            {
                "kind": {"persons": "rows", "at_least": "months"}.get(
                    part.kind, part.kind
                ),
                "expression": part.expression,
                "where": part.where,
            }
        )
    }}
{% endmacro %}

{#- What one person contributes to a part, from a measure of the person's rows. -#}
{% macro part_value(group, part) %}
    {{
        return(
            {
                "kind": part.kind,
                "measure": group.measures.index(part_measure(part)),
                "at_least": part.at_least,
                "is_flag": part.kind in ["persons", "at_least"],
            }
        )
    }}
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
