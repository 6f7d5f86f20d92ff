with

    -- What is told by region of birth and year.
    indicator as (
        select indicator.indicator_id, indicator.definition_sv, indicator.definition_en
        from {{ ref("dim_indicator") }} as indicator
        inner join
            {{ ref("indicator_breakdown") }} as breakdown
            on indicator.indicator_id = breakdown.indicator_id
        where
            indicator.service_area = 'economic_assistance'
            and indicator.period_grain = 'year'
            and breakdown.has_birth_region
            and not breakdown.has_age_band
            and breakdown.category_axis = 'total'
    ),

    birth_region as (
        select code, label_en
        from {{ ref("dim_category") }}
        where axis = 'birth_region'
        union all
        select 'total', 'Total'
    )

select
    gap.area_level,
    gap.area_code,
    gap.area_name,
    gap.year,
    gap.indicator_id,
    gap.indicator_name_sv,
    gap.indicator_name_en,
    indicator.definition_sv,
    indicator.definition_en,
    gap.unit,
    gap.birth_region,
    gap.birth_region_label_sv,
    birth_region.label_en as birth_region_label_en
    {%- for sex in ["women", "men", "unknown", "total"] %}
        ,
        gap.{{ sex }}_numerator,
        gap.{{ sex }}_denominator,
        gap.{{ sex }}_value,
        gap.{{ sex }}_status
    {%- endfor %},
    gap.release_status
from {{ ref("mart_gender_gap") }} as gap
inner join indicator on gap.indicator_id = indicator.indicator_id
inner join birth_region on gap.birth_region = birth_region.code
where gap.age_band = 'total' and gap.category_axis = 'total'
