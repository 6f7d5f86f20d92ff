{#- The service areas: one model each in models/indicators/. A new one is a pair of files and a word here. -#}
{% macro service_areas() %}
    {{
        return(
            [
                "case_process",
                "cost_per_user",
                "culture_school",
                "disability_and_elderly_care",
                "economic_assistance",
                "equality_work",
                "needs_and_violence",
                "placements",
                "project_funds",
                "register_outcomes",
            ]
        )
    }}
{% endmacro %}

{#- What the YAML of dim_indicator says of the units: `unit_scales`, `unit_steps`. -#}
{% macro unit_meta(key) %}
    {%- if not execute -%} {{ return({}) }} {%- endif -%}
    {{ return(graph.nodes["model.jamvikt.dim_indicator"].config.meta[key]) }}
{% endmacro %}

{#-
    The blocks of a service area, completed by its defaults and by those of all. What they may say
    is judged before dbt starts: orchestration/registry/blocks.py.

    Beside its keys each has `parts`: its numerator, or the model that stands for one, and its
    denominator, each with `role`, `kind` and `where` as one SQL predicate; and `cells`: all that is
    counted, the whole, its breakdowns and its cuts. Those that are no figures of their own are
    left out, unless one asks for all.
-#}
{% macro indicator_blocks(service_area, all=false) %}
    {%- if not execute -%} {{ return([]) }} {%- endif -%}
    {%- set meta = graph.nodes["model.jamvikt." ~ service_area].config.meta -%}
    {%- set blocks = [] -%}
    {%- for block in meta.indicators -%}
        {%- set complete = {"service_area": service_area} -%}
        {%- do complete.update(indicator_defaults()) -%}
        {%- do complete.update(meta.defaults) -%}
        {%- do complete.update(block) -%}
        {#- Of an earlier state only the margins are kept. -#}
        {%- if env_var("JAMVIKT_MARGINS_ONLY", "no") == "yes" -%}
            {%- do complete.update({"breakdowns": [], "cuts": []}) -%}
        {%- endif -%}
        {%- do complete.update(
            {"cells": [[]] + complete.breakdowns + complete.cuts}
        ) -%}
        {%- set parts = [] -%}
        {%- if block.model -%}
            {%- do parts.append(
                {
                    "role": "numerator",
                    "fact": block.model.fact,
                    "kind": "model",
                }
            ) -%}
        {%- endif -%}
        {%- for role in ["numerator", "denominator"] if role in block -%}
            {%- do parts.append(indicator_part(complete, role)) -%}
        {%- endfor -%}
        {%- do complete.update({"parts": parts}) -%}
        {%- if all or not complete.only_cuts -%}
            {%- do blocks.append(complete) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(blocks) }}
{% endmacro %}

{#- What a block says where neither it nor its service area says it, from the YAML of dim_indicator. -#}
{% macro indicator_defaults() %}
    {%- if not execute -%} {{ return({}) }} {%- endif -%}
    {{
        return(
            graph.nodes["model.jamvikt.dim_indicator"].config.meta.indicator_defaults
        )
    }}
{% endmacro %}

{#- The axes of a breakdown beside age band and birth region: at most one. -#}
{% macro category_axes(breakdown) %}
    {{ return(breakdown | reject("in", ["age_band", "birth_region"]) | list) }}
{% endmacro %}

{#- Axis and category of the cells of a cut by several axes: what cut_code takes apart again. -#}
{% macro crossed_axis(axes) %}
    {{ return(axes | sort | join(" ") or "total") }}
{% endmacro %}

{% macro crossed_category(axes) -%}
    {{ axes | sort | join(" || ' ' || ") or "'total'" }}
{%- endmacro %}

{#- What the fact's YAML says of it: kind, and which axes are constant for a person within a period. -#}
{% macro fact_meta(fact) %}
    {{ return(graph.nodes["model.jamvikt.fct_" ~ fact].config.meta.fact) }}
{% endmacro %}

{% macro indicator_part(block, role) %}
    {%- set part = block[role] -%}
    {%- set is_quantile = part.count is mapping and "quantile" in part.count -%}
    {%- set is_sum = part.count is mapping and not is_quantile -%}
    {%- set predicates = [] -%}
    {%- if block.ages == "adults" -%}
        {%- do predicates.append("is_adult") -%}
    {%- endif -%}
    {%- if block.ages == "children" -%}
        {%- do predicates.append("not is_adult") -%}
    {%- endif -%}
    {%- set of_these_ages = predicates | join(" and ") or "true" -%}
    {%- if part.where -%}
        {%- do predicates.append("(" ~ part.where ~ ")") -%}
    {%- endif -%}
    {%- set to_follow = predicates | join(" and ") or "true" -%}
    {%- if block.followed_by and part.fact == block.numerator.fact -%}
        {%- do predicates.append(block.followed_by) -%}
    {%- endif -%}
    {{
        return(
            {
                "role": role,
                "fact": part.fact,
                "date": part.date,
                "kind": (
                    "quantile"
                    if is_quantile
                    else (
                        "sum"
                        if is_sum
                        else (
                            "at_least" if part.get("at_least", 1) > 1 else part.count
                        )
                    )
                ),
                "at_least": part.get("at_least", 1),
                "expression": (
                    part.count.get("of" if is_quantile else "sum")
                    if part.count is mapping
                    else ""
                ),
                "quantile": part.count.quantile if is_quantile else none,
                "of_these_ages": of_these_ages,
                "to_follow": to_follow,
                "where": predicates | join(" and ") or "true",
            }
        )
    }}
{% endmacro %}

{#- The rules of counting, from the YAML of dim_rule. -#}
{% macro rules_of_counting() %}
    {%- if not execute -%} {{ return([]) }} {%- endif -%}
    {{ return(graph.nodes["model.jamvikt.dim_rule"].config.meta.rules) }}
{% endmacro %}
