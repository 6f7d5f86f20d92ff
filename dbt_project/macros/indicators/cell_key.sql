{#- The key of the cube without sex: women and men of one cell stand in one row of a gap. -#}
{% macro gap_key() %}
    {{
        return(
            [
                "indicator_id",
                "area_level",
                "area_code",
                "period_start",
                "period_grain",
                "age_band",
                "birth_region",
                "category_axis",
                "category",
            ]
        )
    }}
{% endmacro %}

{#- The key of the cube, as a list of columns. -#}
{% macro cell_columns(prefix="") -%}
    {%- for column in gap_key() + ["sex"] -%}
        {{ prefix }}{{ column }} {%- if not loop.last %}, {% endif -%}
    {%- endfor -%}
{%- endmacro %}
