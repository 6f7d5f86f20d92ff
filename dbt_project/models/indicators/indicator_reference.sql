{%- set rows = [] -%}
{%- for area in service_areas() -%}
    {#- The ref makes this model follow the area's YAML. -#}
    {%- set _ = ref(area) -%}
    {%- for block in indicator_blocks(area) -%}
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
                {%- do rows.append([block.indicator_id, kind, name]) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endfor -%}
{% for indicator_id, kind, name in rows -%}
    select
        {{ text(indicator_id) }} as indicator_id,
        {{ text(kind) }} as reference_kind,
        {{ text(name) }} as reference
    {% if not loop.last %}
        union all
    {% endif %}
{%- else -%} select 0 as parsed
{%- endfor %}
