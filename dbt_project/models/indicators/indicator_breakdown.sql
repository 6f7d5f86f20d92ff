{%- set rows = [] -%}
{%- for service_area in service_areas() -%}
    {#- The ref makes this model follow the service area's YAML. -#}
    {%- set _ = ref(service_area) -%}
    {%- for block in indicator_blocks(service_area) -%}
        {%- for breakdown in [[]] + block.breakdowns
            if not block.only_by or block.only_by in breakdown -%}
            {%- do rows.append(
                {
                    "indicator_id": block.indicator_id,
                    "has_age_band": "age_band" in breakdown,
                    "has_birth_region": "birth_region" in breakdown,
                    "category_axis": category_axes(breakdown) | first
                    or "total",
                }
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endfor -%}
{{ registry_table(rows) }}
