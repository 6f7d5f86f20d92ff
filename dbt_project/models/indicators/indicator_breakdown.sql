{%- set rows = [] -%}
{%- for area in service_areas() -%}
    {#- The ref makes this model follow the area's YAML. -#}
    {%- set _ = ref(area) -%}
    {%- for block in indicator_blocks(area) -%}
        {%- for breakdown in [[]] + block.breakdowns -%}
            {%- do rows.append(
                {
                    "indicator_id": block.indicator_id,
                    "by_age": "age_band" in breakdown,
                    "by_birth": "birth_region" in breakdown,
                    "axis": category_axes(breakdown) | first or "total",
                }
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endfor -%}
{% for row in rows -%}
    select
        {{ text(row.indicator_id) }} as indicator_id,
        {{ row.by_age }} as has_age_band,
        {{ row.by_birth }} as has_birth_region,
        {{ text(row.axis) }} as category_axis
    {% if not loop.last %}
        union all
    {% endif %}
{%- else -%} select 0 as parsed
{%- endfor %}
