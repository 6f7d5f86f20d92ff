{%- set rows = [] -%}
{%- for service_area in service_areas() -%}
    {#- The ref makes this model follow the service area's YAML. -#}
    {%- set _ = ref(service_area) -%}
    {%- for block in indicator_blocks(service_area) -%}
        {%- for axis in block.explain_by -%}
            {%- do rows.append(
                {
                    "indicator_id": block.indicator_id,
                    "explained_by": axis,
                    "explanation_number": loop.index,
                }
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endfor -%}
{{ registry_table(rows) }}
