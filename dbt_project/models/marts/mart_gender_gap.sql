{{ config(materialized="view") }}
{#- A view that readers get names no catalog, for theirs has another name. -#}
{%- set gap, indicator, area, label = (
    ref("fct_gap").include(database=false),
    ref("dim_indicator").include(database=false),
    ref("dim_area").include(database=false),
    ref("dim_label").include(database=false),
) -%}
{#- What is compared, from the women's value on, stands in both under the same names. -#}
{%- set columns = model.columns | list -%}
{%- set compared = columns[columns.index("women_value") :] if columns else [] %}

select
    {%- for column in gap_key() %} gap.{{ column }}, {%- endfor %}
    indicator.service_area,
    indicator.name_sv as indicator_name_sv,
    indicator.name_en as indicator_name_en,
    indicator.unit,
    indicator.better,
    area.area_name,
    cast(extract(year from gap.period_start) as integer) as year,
    age_band.label_sv as age_band_label_sv,
    birth_region.label_sv as birth_region_label_sv,
    category.label_sv as category_label_sv,
    {%- for column in compared %}
        gap.{{ column }} {%- if not loop.last %}, {% endif -%}
    {%- endfor %}
from {{ gap }} as gap
inner join {{ indicator }} as indicator on gap.indicator_id = indicator.indicator_id
inner join {{ area }} as area on gap.area_code = area.area_code
inner join
    {{ label }} as age_band
    on age_band.axis = 'age_band'
    and gap.age_band = age_band.code
inner join
    {{ label }} as birth_region
    on birth_region.axis = 'birth_region'
    and gap.birth_region = birth_region.code
inner join
    {{ label }} as category
    on gap.category_axis = category.axis
    and gap.category = category.code
