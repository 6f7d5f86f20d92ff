{#- The ref makes this model follow the rules' YAML. -#}
{%- set _ = ref("dim_rule") -%}
{%- set blocks = [] -%}
{%- for service_area in service_areas() -%}
    {#- The ref makes this model follow the service area's YAML. -#}
    {%- set _ = ref(service_area) -%}
    {%- do blocks.extend(indicator_blocks(service_area)) -%}
{%- endfor -%}
{%- set rules = rules_of_counting() -%}
{%- set scales = unit_meta("unit_scales") -%}
{%- set steps = unit_meta("unit_steps") -%}
{%- set rows = [] -%}
{%- for block in blocks | sort(attribute="indicator_id") -%}
    {%- set numerator = block.model or block.numerator -%}
    {%- set base = block.denominator or numerator -%}
    {%- set numerator_kind = fact_meta(numerator.fact).kind -%}
    {%- set base_kind = fact_meta(base.fact).kind -%}
    {#- How a figure is estimated follows from what it is divided by, its unit and its numerator. -#}
    {%- set counts_persons = numerator.count == "persons" -%}
    {%- if block.model -%} {%- set estimate_kind = "index" -%}
    {%- elif block.parts[0].kind == "quantile" -%}
        {%- set estimate_kind = "quantile" -%}
    {%- elif not block.denominator -%} {%- set estimate_kind = "count" -%}
    {%- elif block.unit == "percent" or (
        counts_persons and base_kind == "published"
    ) -%}
        {%- set estimate_kind = "share" -%}
    {%- elif numerator.count is mapping -%} {%- set estimate_kind = "mean" -%}
    {%- else -%} {%- set estimate_kind = "rate" -%}
    {%- endif -%}
    {#- A rule touches a fact by its name or by its kind. -#}
    {%- set touched = [numerator.fact, numerator_kind, base.fact, base_kind] -%}
    {%- set touching = [] -%}
    {%- for rule in rules if rule.facts | select("in", touched) | list -%}
        {%- do touching.append(rule.rule_id) -%}
    {%- endfor -%}
    {%- do rows.append(
        {
            "indicator_id": block.indicator_id,
            "service_area": block.service_area,
            "name_sv": block.name.sv,
            "name_en": block.name.en,
            "definition_sv": block.definition.sv,
            "definition_en": block.definition.en,
            "unit": block.unit,
            "scale": scales[block.unit],
            "unit_step": steps.get(block.unit, 0) | float,
            "better": block.better,
            "period_grain": block.period,
            "ages": block.ages,
            "numerator_fact": numerator.fact,
            "denominator_fact": (
                block.denominator.fact if block.denominator else none
            ),
            "numerator_kind": numerator_kind,
            "base_kind": base_kind,
            "is_additive": estimate_kind not in ["index", "quantile"],
            "estimate_kind": estimate_kind,
            "counts_persons": counts_persons,
            "compares_sexes": block.compares_sexes,
            "only_by": block.only_by or none,
            "is_individual_based": block.individual_based,
            "not_individual_reason": block.not_individual_reason,
            "owner": block.owner,
            "department_sv": block.department.sv,
            "department_en": block.department.en,
            "audience": block.audience | join(", "),
            "version": block.version,
            "final_after_months": block.final_after_months,
            "look_back_months": block.look_back_months,
            "valid_from": block.valid_from | string,
            "rules": touching | join(", "),
            "features": block.references.features
            | default([])
            | join(", "),
            "kolada": block.references.kolada | default([]) | join(", "),
            "cemr_articles": block.references.cemr
            | default([])
            | join(", "),
            "national_goal": block.references.goal or none,
        }
    ) -%}
{%- endfor -%}
{{ registry_table(rows) }}
