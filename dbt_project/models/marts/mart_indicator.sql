{{ config(materialized="view") }}
{#- A view that readers get names no catalog, for theirs has another name. -#}
{%- set cell, indicator, area, sex, label, version = (
    ref("fct_indicator").include(database=false),
    ref("dim_indicator").include(database=false),
    ref("dim_area").include(database=false),
    ref("dim_sex").include(database=false),
    ref("dim_label").include(database=false),
    ref("dim_indicator_version").include(database=false),
) -%}

select
    {{ cell_columns("cell.") }},
    indicator.service_area,
    indicator.name_sv as indicator_name_sv,
    indicator.name_en as indicator_name_en,
    indicator.unit,
    indicator.better,
    area.area_name,
    cast(extract(year from cell.period_start) as integer) as year,
    {%- for language in ["sv", "en"] %}
        case
            when {{ is_about_children("indicator.ages", "age_band") }}
            then sex.children_label_{{ language }}
            else sex.label_{{ language }}
        end as sex_label_{{ language }},
    {%- endfor %}
    age_band.label_sv as age_band_label_sv,
    age_band.label_en as age_band_label_en,
    birth_region.label_sv as birth_region_label_sv,
    birth_region.label_en as birth_region_label_en,
    category.label_sv as category_label_sv,
    category.label_en as category_label_en,
    cell.numerator,
    cell.denominator,
    cell.value,
    cell.status,
    cell.person_count,
    cell.estimate_kind,
    cell.value_low,
    cell.value_high,
    cell.comparability,
    cell.collected_share,
    cell.followed_share,
    cell.release_status,
    coalesce(version.version, indicator.version) as indicator_version,
    coalesce(
        version.is_break and cell.period_start = version.first_period, false
    ) as is_break
from {{ cell }} as cell
inner join {{ indicator }} as indicator on cell.indicator_id = indicator.indicator_id
inner join {{ area }} as area on cell.area_code = area.area_code
inner join
    {{ label }} as age_band
    on age_band.axis = 'age_band'
    and cell.age_band = age_band.code
inner join
    {{ label }} as birth_region
    on birth_region.axis = 'birth_region'
    and cell.birth_region = birth_region.code
inner join
    {{ label }} as category
    on cell.category_axis = category.axis
    and cell.category = category.code
inner join {{ sex }} as sex on cell.sex = sex.sex
left join
    {{ version }} as version
    on cell.indicator_id = version.indicator_id
    and cell.period_grain = version.period_grain
    and cell.period_start >= version.holds_from
    and cell.period_start < version.holds_before
