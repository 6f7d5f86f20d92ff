{#-
    What is read together: one group per fact, date column and period grain; of a base from another
    fact also per fact that it is the denominator of, for it covers the areas that sent that fact.

    measures: aggregates over a person's rows · values: what a person contributes to a part, each of
    a measure · pairs: values multiplied for the variance of a quotient · sets: breakdowns.
-#}
{% macro fact_groups(blocks) %}
    {%- set groups = {} -%}
    {%- for block in blocks -%}
        {%- for part in block.parts + followed_parts(block) if part.kind not in ["model", "quantile"] -%}
            {%- set key = group_key(block, part) -%}
            {%- if key not in groups -%}
                {%- do groups.update(
                    {
                        key: {
                            "name": "group_" ~ groups | length,
                            "fact": part.fact,
                            "date": part.date,
                            "period": block.period,
                            "areas_of": areas_of(block, part),
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
            {%- for breakdown in block.cells -%}
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
    {{
        return(
            [part.fact, part.date, block.period, areas_of(block, part)] | join("|")
        )
    }}
{% endmacro %}

{#- The fact whose areas and periods a part is of, where that is another than its own. -#}
{% macro areas_of(block, part) %}
    {%- set counted = block.parts[0].fact -%}
    {{
        return(
            counted
            if part.fact != counted or fact_meta(part.fact).kind == "published"
            else ""
        )
    }}
{% endmacro %}

{#- Where a block waits to follow rows to the end: how many there are to follow, and how many have
    been. Of the base where it is of the same fact, else of all rows of the numerator's. A row whose
    column is null is not waited for. -#}
{% macro followed_parts(block) %}
    {%- if not block.followed_by -%} {{ return([]) }} {%- endif -%}
    {%- set base = block.parts[-1] -%}
    {%- set is_own = base.role == "denominator" and base.fact == block.parts[0].fact -%}
    {%- set of_rows = base.to_follow if is_own else base.of_these_ages -%}
    {%- set parts = [] -%}
    {%- for role, where in [
        ("to_follow", block.followed_by ~ " is not null"),
        ("followed", block.followed_by),
    ] -%}
        {%- do parts.append(
            {
                "role": role,
                "fact": block.parts[0].fact,
                "date": block.parts[0].date,
                "kind": "tally",
                "at_least": 1,
                "expression": "",
                "where": of_rows ~ " and " ~ where,
            }
        ) -%}
    {%- endfor -%}
    {{ return(parts) }}
{% endmacro %}

{#- The aggregate over a person's rows that a part needs; for persons, the number of rows, and for what
    counts months the set of them. -#}
{% macro part_measure(part) %}
    {{
        return(
            {
                "kind": {
                    "persons": "rows",
                    "tally": "rows",
                    "at_least": "months",
                }.get(part.kind, part.kind),
                "expression": part.expression,
                "where": part.where,
            }
        )
    }}
{% endmacro %}

{#- What one person contributes to a part, from a measure of the person's rows. Of a flag (one person
    or none) and of rows that are only tallied the sum says all. -#}
{% macro part_value(group, part) %}
    {{
        return(
            {
                "kind": part.kind,
                "measure": group.measures.index(part_measure(part)),
                "at_least": part.at_least,
                "is_flag": part.kind in ["persons", "at_least", "tally"],
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
