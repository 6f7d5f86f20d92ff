with

    indicator as (select * from {{ ref("dim_indicator") }}),

    cell as (
        select *
        from {{ ref("fct_indicator") }}
        where
            category_axis in ('need_level', 'need_score_band')
            and age_band = 'total'
            and birth_region = 'total'
            and denominator is not null
    ),

    -- The standard: how the needs of everybody counted, women and men together, are
    -- spread in the year.
    standard as (
        select
            indicator_id,
            period_start,
            category_axis,
            category,
            denominator as standard_count
        from cell
        where area_level = 'all' and sex = 'total'
    ),

    -- Decimals, so that the sum does not depend on its order.
    weighted as (
        select
            cell.indicator_id,
            cell.area_level,
            cell.area_code,
            cell.period_start,
            cell.sex,
            cell.category_axis,
            standard.standard_count,
            cell.denominator > 0 as is_represented,
            case
                when cell.denominator > 0
                then
                    cast(
                        cast(cell.numerator * standard.standard_count as double)
                        / cast(cell.denominator as double) as decimal(28, 10)
                    )
            end as expected_count
        from cell
        inner join
            standard
            on cell.indicator_id = standard.indicator_id
            and cell.period_start = standard.period_start
            and cell.category_axis = standard.category_axis
            and cell.category = standard.category
    ),

    adjusted as (
        select
            indicator_id,
            area_level,
            area_code,
            period_start,
            sex,
            category_axis,
            sum(expected_count) as expected_count,
            sum(standard_count) filter (where is_represented) as represented_count,
            sum(standard_count) as standard_count
        from weighted
        group by 1, 2, 3, 4, 5, 6
    )

select
    raw.indicator_id,
    raw.indicator_name_sv,
    raw.indicator_name_en,
    raw.unit,
    raw.better,
    raw.area_level,
    raw.area_code,
    raw.area_name,
    raw.period_start,
    raw.year,
    raw.sex,
    raw.sex_label_sv,
    raw.sex_label_en,
    adjusted.category_axis as need_axis,
    raw.numerator,
    raw.denominator,
    raw.value as raw_value,
    case
        when raw.value is not null and adjusted.represented_count > 0
        then
            cast(adjusted.expected_count as double)
            * indicator.scale
            / cast(adjusted.represented_count as double)
    end as adjusted_value,
    case
        when adjusted.standard_count > 0
        then
            cast(coalesce(adjusted.represented_count, 0) as double)
            / cast(adjusted.standard_count as double)
    end as represented_share,
    raw.person_count,
    raw.status
from {{ ref("mart_indicator") }} as raw
inner join indicator on raw.indicator_id = indicator.indicator_id
inner join
    adjusted
    on raw.indicator_id = adjusted.indicator_id
    and raw.area_level = adjusted.area_level
    and raw.area_code = adjusted.area_code
    and raw.period_start = adjusted.period_start
    and raw.sex = adjusted.sex
where
    raw.category_axis = 'total'
    and raw.age_band = 'total'
    and raw.birth_region = 'total'
    and raw.period_grain = 'year'
