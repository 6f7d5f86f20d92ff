{#- The ref makes this model follow the rules' YAML. -#}
{%- set _ = ref("dim_rule") -%}
{%- set blocks = [] -%}
{%- for area in service_areas() -%}
    {#- The ref makes this model follow the area's YAML. -#}
    {%- set _ = ref(area) -%} {%- do blocks.extend(indicator_blocks(area)) -%}
{%- endfor -%}
{% for block in blocks | sort(attribute="indicator_id") -%}
    select
        {{ text(block.indicator_id) }} as indicator_id,
        {{ text(block.service_area) }} as service_area,
        {{ text(block.name.sv) }} as name_sv,
        {{ text(block.name.en) }} as name_en,
        {{ text(block.definition.sv) }} as definition_sv,
        {{ text(block.definition.en) }} as definition_en,
        {{ text(block.unit) }} as unit,
        {{ block.scale }} as scale,
        {{ text(block.better) }} as better,
        {{ text(block.period) }} as period_grain,
        {{ text(block.ages) }} as ages,
        {{ text(block.parts[0].fact) }} as numerator_fact,
        {{
            (
                text(block.parts[1].fact)
                if block.denominator
                else "cast(null as varchar)"
            )
        }} as denominator_fact,
        {{ text(fact_meta(block.parts[0].fact).kind) }} as numerator_kind,
        {{ text(fact_meta((block.parts | last).fact).kind) }} as base_kind,
        {{ block.parts[0].kind != "model" }} as is_additive,
        {{ block.parts[0].kind in ["persons", "months"] }} as counts_persons,
        {{ block.compares_sexes }} as compares_sexes,
        {{ block.individual_based }} as is_individual_based,
        {{ text(block.not_individual_reason) }} as not_individual_reason,
        {{ text(block.owner) }} as owner,
        {{ text(block.department.sv) }} as department_sv,
        {{ text(block.department.en) }} as department_en,
        {{ text(block.audience | join(", ")) }} as audience,
        {{ block.version }} as version,
        {{ block.final_after_months }} as final_after_months,
        {{ block.look_back_months }} as look_back_months,
        cast({{ text(block.valid_from) }} as date) as valid_from,
        {{ text(rules_that_touch(block) | join(", ")) }} as rules,
        {{ text(block.references.features | default([]) | join(", ")) }} as features,
        {{ text(block.references.kolada | default([]) | join(", ")) }} as kolada,
        {{ text(block.references.cemr | default([]) | join(", ")) }} as cemr_articles,
        {{ block.references.goal | default("cast(null as integer)") }} as national_goal
    {% if not loop.last %}
        union all
    {% endif %}
{%- else -%} select 0 as parsed
{%- endfor %}
