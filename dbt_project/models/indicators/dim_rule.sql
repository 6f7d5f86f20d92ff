{% for rule in rules_of_counting() -%}
    select
        {{ text(rule.rule_id) }} as rule_id,
        {{ loop.index }} as position,
        {{ text(rule.case.sv) }} as case_sv,
        {{ text(rule.case.en) }} as case_en,
        {{ text(rule.rule.sv) }} as rule_sv,
        {{ text(rule.rule.en) }} as rule_en,
        {{ text(rule.facts | join(", ")) }} as facts,
        {{ text(rule.tried_in | join(", ")) }} as tried_in
    {% if not loop.last %}
        union all
    {% endif %}
{%- else -%} select 0 as parsed
{%- endfor %}
