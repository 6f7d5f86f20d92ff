{#- Below so many persons in the denominator a subgroup has no rank. -#}
{%- set minimum_persons = fewest_persons() -%}
{%- set family = "indicator_id, area_level, area_code, year" -%}
with

    -- What has been broken down by age and birth region together, and is a share or a
    -- number of persons per inhabitant.
    indicator as (
        select distinct dim_indicator.*
        from {{ ref("dim_indicator") }} as dim_indicator
        inner join
            {{ ref("indicator_breakdown") }} as indicator_breakdown
            on dim_indicator.indicator_id = indicator_breakdown.indicator_id
        where
            dim_indicator.service_area = 'economic_assistance'
            and dim_indicator.numerator_kind = 'observed'
            and dim_indicator.period_grain = 'year'
            and (
                dim_indicator.unit = 'percent'
                or (dim_indicator.unit = 'per_1000' and dim_indicator.counts_persons)
            )
            and indicator_breakdown.has_age_band
            and indicator_breakdown.has_birth_region
            and indicator_breakdown.category_axis = 'total'
    ),

    category as (select * from {{ ref("dim_category") }}),

    sex_label as ({{ sex_labels() }}),

    area as ({{ area_names() }}),

    cell as (
        select
            fct_indicator.*,
            cast(extract(year from fct_indicator.period_start) as integer) as year,
            -- Inhabitants, or the persons that the rows of the denominator are about.
            case
                when indicator.base_kind = 'published'
                then coalesce(cast(fct_indicator.denominator as bigint), 0)
                else fct_indicator.person_count
            end as base_person_count
        from {{ ref("fct_indicator") }} as fct_indicator
        inner join indicator on fct_indicator.indicator_id = indicator.indicator_id
        where
            fct_indicator.area_level in ('municipality', 'county')
            and fct_indicator.category_axis = 'total'
    ),

    whole as (
        select
            indicator_id,
            area_level,
            area_code,
            year,
            value,
            value_low,
            value_high,
            status
        from cell
        where sex = 'total' and age_band = 'total' and birth_region = 'total'
    ),

    -- Whoever is unknown in one of the three is in the whole and in no subgroup.
    subgroup as (
        select
            cell.*,
            base_person_count < {{ minimum_persons }} or value is null as is_not_ranked
        from cell
        where
            sex in ('women', 'men')
            and birth_region not in ('unknown', 'total')
            and age_band not in ('unknown', 'total')
    ),

    ranked as (
        select
            *,
            case
                when not is_not_ranked
                then
                    rank() over (
                        partition by {{ family }}, is_not_ranked order by value desc
                    )
            end as subgroup_rank,
            sum(case when is_not_ranked then 0 else 1 end) over (
                partition by {{ family }}
            ) as ranked_count
        from subgroup
    )

select
    ranked.indicator_id,
    indicator.name_sv as indicator_name_sv,
    indicator.name_en as indicator_name_en,
    indicator.unit,
    indicator.better,
    ranked.area_level,
    ranked.area_code,
    area.area_name,
    ranked.year,
    ranked.sex,
    sex_label.label_sv as sex_label_sv,
    sex_label.label_en as sex_label_en,
    ranked.birth_region,
    birth_label.label_sv as birth_region_label_sv,
    birth_label.label_en as birth_region_label_en,
    ranked.age_band,
    age_label.label_sv as age_band_label_sv,
    age_label.label_en as age_band_label_en,
    ranked.numerator,
    ranked.denominator,
    ranked.base_person_count,
    ranked.value,
    ranked.value_low,
    ranked.value_high,
    cast(ranked.subgroup_rank as integer) as subgroup_rank,
    cast(ranked.ranked_count as integer) as ranked_count,
    whole.value as whole_value,
    whole.value_low as whole_low,
    whole.value_high as whole_high,
    case
        when not ranked.is_not_ranked
        then ranked.value_low > whole.value_high or ranked.value_high < whole.value_low
    end as is_apart,
    case
        when ranked.value is null
        then ranked.status
        when ranked.is_not_ranked
        then 'too_few'
        else ranked.status
    end as status,
    ranked.release_status
from ranked
inner join indicator on ranked.indicator_id = indicator.indicator_id
inner join area on ranked.area_code = area.area_code
inner join
    whole
    on ranked.indicator_id = whole.indicator_id
    and ranked.area_level = whole.area_level
    and ranked.area_code = whole.area_code
    and ranked.year = whole.year
inner join
    sex_label
    on {{ is_about_children("indicator.ages") }} = sex_label.is_children
    and ranked.sex = sex_label.sex
inner join
    category as birth_label
    on birth_label.axis = 'birth_region'
    and ranked.birth_region = birth_label.code
inner join
    category as age_label
    on age_label.axis = 'age_band'
    and ranked.age_band = age_label.code
