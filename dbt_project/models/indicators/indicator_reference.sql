{%- set rows = [] -%}
{%- for service_area in service_areas() -%}
    {#- The ref makes this model follow the service area's YAML. -#}
    {%- set _ = ref(service_area) -%}
    {%- for block in indicator_blocks(service_area) -%}
        {%- set references = {
            "cemr_article": block.references.cemr | default([]),
            "national_goal": (
                [block.references.goal] if block.references.goal else []
            ),
            "feature": block.references.features | default([]),
            "kolada": block.references.kolada | default([]),
            "audience": block.audience,
        } -%}
        {%- for kind, names in references.items() -%}
            {%- for name in names -%}
                {%- do rows.append(
                    {
                        "indicator_id": block.indicator_id,
                        "reference_kind": kind,
                        "reference": name | string,
                    }
                ) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endfor -%}
{{ registry_table(rows) }}
