with

    indicator as (select * from {{ ref("dim_indicator") }}),

    category as (select * from {{ ref("dim_category") }}),

    sex_label as ({{ sex_labels() }}),

    area as ({{ area_names() }}),

    -- The period that a version begins in is the first of it.
    version_from as (
        {%- for grain in ["year", "month"] %}
            select
                indicator_id,
                version,
                is_break,
                '{{ grain }}' as period_grain,
                {{ period_start("valid_from", grain) }} as first_period
            from {{ ref("indicator_versions") }}
            {%- if not loop.last %}
                union all
            {% endif -%}
        {%- endfor %}
    ),

    version as (
        select
            *,
            row_number() over (partition by indicator_id, period_grain order by version)
            = 1 as is_first,
            lead(first_period) over (
                partition by indicator_id, period_grain order by version
            ) as next_first_period
        from version_from
    )

select
    {{ cell_columns("cell.") }},
    indicator.service_area,
    indicator.name_sv as indicator_name_sv,
    indicator.name_en as indicator_name_en,
    indicator.unit,
    indicator.better,
    area.area_name,
    cast(extract(year from cell.period_start) as integer) as year,
    sex_label.label_sv as sex_label_sv,
    sex_label.label_en as sex_label_en,
    coalesce(age_band.label_sv, 'Totalt') as age_band_label_sv,
    coalesce(age_band.label_en, 'Total') as age_band_label_en,
    coalesce(birth_region.label_sv, 'Totalt') as birth_region_label_sv,
    coalesce(birth_region.label_en, 'Total') as birth_region_label_en,
    coalesce(other.label_sv, 'Totalt') as category_label_sv,
    coalesce(other.label_en, 'Total') as category_label_en,
    cell.numerator,
    cell.denominator,
    cell.value,
    cell.status,
    cell.person_count,
    cell.collected_share,
    cell.release_status,
    coalesce(version.version, indicator.version) as indicator_version,
    coalesce(
        version.is_break and cell.period_start = version.first_period, false
    ) as is_break
from {{ ref("fct_indicator") }} as cell
inner join indicator on cell.indicator_id = indicator.indicator_id
inner join area on cell.area_code = area.area_code
left join
    category as age_band on age_band.axis = 'age_band' and cell.age_band = age_band.code
inner join
    sex_label
    on cell.sex = sex_label.sex
    and {{ is_about_children("indicator.ages", "age_band") }} = sex_label.is_children
left join
    category as birth_region
    on birth_region.axis = 'birth_region'
    and cell.birth_region = birth_region.code
left join
    category as other on cell.category_axis = other.axis and cell.category = other.code
left join
    version
    on cell.indicator_id = version.indicator_id
    and cell.period_grain = version.period_grain
    and (version.is_first or cell.period_start >= version.first_period)
    and (
        version.next_first_period is null
        or cell.period_start < version.next_first_period
    )
