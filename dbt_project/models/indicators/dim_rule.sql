{%- set rows = [] -%}
{%- for rule in rules_of_counting() -%}
    {%- do rows.append(
        {
            "rule_id": rule.rule_id,
            "position": loop.index,
            "case_sv": rule.case.sv,
            "case_en": rule.case.en,
            "rule_sv": rule.rule.sv,
            "rule_en": rule.rule.en,
            "facts": rule.facts | join(", "),
            "tried_in": rule.tried_in | join(", "),
        }
    ) -%}
{%- endfor -%}
{{ registry_table(rows) }}
