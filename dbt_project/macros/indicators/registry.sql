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

{#- The units there are, each with what it multiplies the quotient by. -#}
{% macro unit_scales() %}
    {{
        return(
            {
                "persons": 1,
                "applications": 1,
                "cases": 1,
                "households": 1,
                "percent": 100,
                "per_100": 100,
                "per_1000": 1000,
                "days": 1,
                "sek": 1,
                "minutes": 1,
                "contacts": 1,
                "placements": 1,
                "per_1000_days": 1000,
                "decisions": 1,
                "hours": 1,
                "portions": 1,
                "index": 1,
            }
        )
    }}
{% endmacro %}

{#-
    The blocks of a service area as declared, completed by its defaults and by those of all, and not
    checked: `indicator_blocks` does that where the service area's own model is compiled, which comes
    before every table that lists them.
-#}
{% macro declared_blocks(service_area) %}
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
            {%- do complete.update({"breakdowns": []}) -%}
        {%- endif -%}
        {%- do blocks.append(complete) -%}
    {%- endfor -%}
    {{ return(blocks) }}
{% endmacro %}

{#-
    The blocks of a service area, checked; compile error naming block and key otherwise.

    Returns those of `declared_blocks` with `parts`: numerator and denominator with `role`, `date`,
    `where` as one SQL predicate. What is no quotient of sums (a median, an index) says `model`
    instead: a model that has it in the cube's columns, and the fact whose deliveries it owes its
    months to. One whose value is itself the difference between women and men says `compares_sexes`:
    it has a value for both together, and owes the persons behind it by sex (ADR 0013).
    `look_back_months` says how many months before the period's first the figure reaches;
    indicator_look_back says where it has them.
-#}
{% macro indicator_blocks(service_area) %}
    {%- if not execute -%} {{ return([]) }} {%- endif -%}
    {%- set meta = graph.nodes["model.jamvikt." ~ service_area].config.meta -%}
    {%- do check_keys(
        "defaults of " ~ service_area,
        meta.defaults,
        ["owner", "department", "version", "valid_from"],
        ["audience", "individual_based", "not_individual_reason"],
    ) -%}
    {%- set blocks = declared_blocks(service_area) -%}
    {%- for block in meta.indicators -%}
        {%- set complete = blocks[loop.index0] -%}
        {%- set context = (
            "indicator "
            ~ block.get("indicator_id", "number " ~ loop.index)
            ~ " of "
            ~ service_area
        ) -%}
        {%- do check_keys(
            context,
            block,
            [
                "indicator_id",
                "name",
                "definition",
                "unit",
                "better",
                "period",
                "model" if "model" in block else "numerator",
            ],
            [
                "ages",
                "denominator",
                "breakdowns",
                "references",
                "individual_based",
                "not_individual_reason",
                "owner",
                "audience",
                "version",
                "valid_from",
                "final_after_months",
                "look_back_months",
                "compares_sexes",
            ],
        ) -%}
        {%- do check_choice(context, "unit", complete.unit, unit_scales()) -%}
        {%- do check_choice(
            context,
            "better",
            complete.better,
            ["higher", "lower", "neither"],
        ) -%}
        {%- do check_choice(context, "period", complete.period, ["month", "year"]) -%}
        {%- do check_choice(
            context, "ages", complete.ages, ["all", "adults", "children"]
        ) -%}
        {%- if complete.compares_sexes and not block.model -%}
            {{
                exceptions.raise_compiler_error(
                    context
                    ~ ": compares_sexes is for a model; what is counted or divided is split by sex"
                )
            }}
        {%- endif -%}
        {%- if block.model -%}
            {%- do check_keys(
                context ~ ", model", block.model, ["name", "fact"], []
            ) -%}
            {%- set parts = [
                {
                    "role": "numerator",
                    "fact": block.model.fact,
                    "kind": "model",
                }
            ] -%}
        {%- else -%}
            {%- set parts = [indicator_part(context, complete, "numerator")] -%}
        {%- endif -%}
        {%- if block.denominator -%}
            {%- do parts.append(indicator_part(context, complete, "denominator")) -%}
        {%- endif -%}
        {%- for breakdown in complete.breakdowns -%}
            {%- do check_breakdown(context, complete, breakdown, parts) -%}
        {%- endfor -%}
        {%- if block.look_back_months and fact_meta(
            parts[0].fact
        ).kind == "published" -%}
            {{
                exceptions.raise_compiler_error(
                    context
                    ~ ": look_back_months is for own rows; a published figure is looked up"
                )
            }}
        {%- endif -%}
        {%- do complete.update({"parts": parts}) -%}
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

{#- What the fact's YAML says of it: kind, and which axes are constant for a person within a period. -#}
{% macro fact_meta(fact) %}
    {{ return(graph.nodes["model.jamvikt.fct_" ~ fact].config.meta.fact) }}
{% endmacro %}

{% macro indicator_part(context, block, role) %}
    {%- set part = block[role] -%}
    {%- do check_keys(
        context ~ ", " ~ role,
        part,
        ["fact", "date", "count"],
        ["at_least", "where"],
    ) -%}
    {%- set is_sum = part.count is mapping -%}
    {%- if not is_sum -%}
        {%- do check_choice(
            context ~ ", " ~ role, "count", part.count, ["rows", "persons"]
        ) -%}
    {%- endif -%}
    {%- if "at_least" in part and part.count != "persons" -%}
        {{
            exceptions.raise_compiler_error(
                context ~ ", " ~ role ~ ": at_least is for count: persons"
            )
        }}
    {%- endif -%}
    {%- if "model.jamvikt.fct_" ~ part.fact not in graph.nodes -%}
        {{
            exceptions.raise_compiler_error(
                context ~ ", " ~ role ~ ": there is no fact fct_" ~ part.fact
            )
        }}
    {%- endif -%}
    {%- if part.count == "persons" and fact_meta(part.fact).kind != "observed" -%}
        {{
            exceptions.raise_compiler_error(
                context
                ~ ", "
                ~ role
                ~ ": fct_"
                ~ part.fact
                ~ " holds no persons to count"
            )
        }}
    {%- endif -%}
    {%- set predicates = [] -%}
    {%- if block.ages == "adults" -%}
        {%- do predicates.append("is_adult") -%}
    {%- endif -%}
    {%- if block.ages == "children" -%}
        {%- do predicates.append("not is_adult") -%}
    {%- endif -%}
    {%- if part.where -%}
        {%- do predicates.append("(" ~ part.where ~ ")") -%}
    {%- endif -%}
    {{
        return(
            {
                "role": role,
                "fact": part.fact,
                "date": part.date,
                "kind": (
                    "sum"
                    if is_sum
                    else ("months" if part.get("at_least", 1) > 1 else part.count)
                ),
                "at_least": part.get("at_least", 1),
                "expression": part.count.get("sum") if is_sum else "",
                "where": predicates | join(" and ") or "true",
            }
        )
    }}
{% endmacro %}

{% macro check_keys(context, mapping, required, optional) %}
    {%- for key in required if key not in mapping -%}
        {{ exceptions.raise_compiler_error(context ~ ": " ~ key ~ " is missing") }}
    {%- endfor -%}
    {%- for key in mapping if key not in required + optional -%}
        {{
            exceptions.raise_compiler_error(
                context
                ~ ": unknown key "
                ~ key
                ~ "; known are "
                ~ (required + optional)
                | join(", ")
            )
        }}
    {%- endfor -%}
{% endmacro %}

{% macro check_choice(context, key, value, choices) %}
    {%- if value not in choices -%}
        {{
            exceptions.raise_compiler_error(
                context ~ ": " ~ key ~ " is " ~ value ~ ", must be one of " ~ choices
                | join(", ")
            )
        }}
    {%- endif -%}
{% endmacro %}

{% macro check_breakdown(context, block, breakdown, parts) %}
    {%- if category_axes(breakdown) | length > 1 -%}
        {{
            exceptions.raise_compiler_error(
                context
                ~ ": breakdown "
                ~ breakdown
                ~ " has more than one axis beside age_band and birth_region; make the cross an axis of its own in the fact"
            )
        }}
    {%- endif -%}
    {%- if block.period == "month" and breakdown | length > 1 -%}
        {{
            exceptions.raise_compiler_error(
                context
                ~ ": breakdown "
                ~ breakdown
                ~ " has more than one axis, which is for yearly indicators only"
            )
        }}
    {%- endif -%}
    {%- for part in parts -%}
        {%- for axis in breakdown if axis not in graph.nodes["model.jamvikt.fct_" ~ part.fact].columns -%}
            {{
                exceptions.raise_compiler_error(
                    context
                    ~ ": breakdown axis "
                    ~ axis
                    ~ " is not a column of fct_"
                    ~ part.fact
                )
            }}
        {%- endfor -%}
    {%- endfor -%}
{% endmacro %}

{#- The rules of counting, from the YAML of dim_rule. -#}
{% macro rules_of_counting() %}
    {%- if not execute -%} {{ return([]) }} {%- endif -%}
    {{ return(graph.nodes["model.jamvikt.dim_rule"].config.meta.rules) }}
{% endmacro %}
