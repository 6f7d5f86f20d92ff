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

{#- What mart_indicator says of a cell whatever the sex: names, unit, labels. -#}
{% macro gap_names() %}
    {{
        return(
            [
                "service_area",
                "indicator_name_sv",
                "indicator_name_en",
                "unit",
                "better",
                "area_name",
                "year",
                "age_band_label_sv",
                "birth_region_label_sv",
                "category_label_sv",
                "release_status",
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
