{#-
    What is read together: one group per fact, date column and period grain. Of a published fact
    also per fact that it is the denominator of, for its county rows cover that fact's areas.

    measures: aggregates over a person's rows · values: SQL over measures, what a person contributes
    to a part · pairs: values multiplied for the variance of a quotient · sets: breakdowns.
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

{#- What one person contributes to a part, from the measures of the person's rows: a flag (one
    person or none), a count of rows or of months, or a sum. -#}
{% macro part_value(group, part) %}
    {%- set measure = "m" ~ group.measures.index(part_measure(part)) -%}
    {%- if part.kind == "persons" -%}
        {%- set sql = "case when sum(" ~ measure ~ ") > 0 then 1 else 0 end" -%}
    {%- elif part.kind == "at_least" -%}
        {%- set sql = (
            "case when bit_count(bit_or("
            ~ measure
            ~ ")) >= "
            ~ part.at_least
            ~ " then 1 else 0 end"
        ) -%}
    {%- elif part.kind == "months" -%}
        {%- set sql = "cast(bit_count(bit_or(" ~ measure ~ ")) as bigint)" -%}
    {%- elif part.kind == "rows" -%}
        {%- set sql = "cast(sum(" ~ measure ~ ") as bigint)" -%}
    {%- else -%} {%- set sql = "cast(sum(" ~ measure ~ ") as decimal(18, 2))" -%}
    {%- endif -%}
    {{ return({"sql": sql, "is_flag": part.kind in ["persons", "at_least"]}) }}
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
