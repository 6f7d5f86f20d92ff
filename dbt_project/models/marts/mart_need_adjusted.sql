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
            end as expected_count,
            -- How far the standard's part reaches with the value at this need.
            {%- for bound, sides in [
                ("low", "value - cell.value_low"),
                ("high", "value_high - cell.value"),
            ] %}
                case
                    when cell.denominator > 0
                    then
                        cast(
                            pow(
                                standard.standard_count * (cell.{{ sides }}), 2
                            ) as decimal(38, 8)
                        )
                end as square_{{ bound }}
                {%- if not loop.last %}, {% endif -%}
            {%- endfor %}
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
            sum(standard_count) as standard_count,
            {%- for bound in ["low", "high"] %}
                case
                    when
                        count(square_{{ bound }})
                        = count(*) filter (where is_represented)
                    then sqrt(cast(sum(square_{{ bound }}) as double))
                end as reach_{{ bound }}
                {%- if not loop.last %}, {% endif -%}
            {%- endfor %}
        from weighted
        group by 1, 2, 3, 4, 5, 6
    ),

    -- Of few, or of those whose needs are not the others', there is nothing to adjust.
    judged as (
        select
            raw.*,
            adjusted.category_axis as need_axis,
            adjusted.expected_count,
            adjusted.represented_count,
            adjusted.standard_count,
            adjusted.reach_low,
            adjusted.reach_high,
            indicator.scale,
            case
                when raw.value is null
                then raw.status
                when
                    raw.person_count < {{ fewest_persons() }}
                    or 2 * coalesce(adjusted.represented_count, 0)
                    < adjusted.standard_count
                then 'too_few'
                else raw.status
            end as adjusted_status
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
    ),

    valued as (
        select
            *,
            case
                when value is not null and adjusted_status <> 'too_few'
                then
                    cast(expected_count as double)
                    * scale
                    / cast(represented_count as double)
            end as adjusted_value
        from judged
    )

select
    indicator_id,
    indicator_name_sv,
    indicator_name_en,
    unit,
    better,
    area_level,
    area_code,
    area_name,
    period_start,
    year,
    sex,
    sex_label_sv,
    sex_label_en,
    need_axis,
    numerator,
    denominator,
    value as raw_value,
    value_low as raw_low,
    value_high as raw_high,
    adjusted_value,
    adjusted_value - reach_low / represented_count as adjusted_low,
    adjusted_value + reach_high / represented_count as adjusted_high,
    adjusted_status,
    case
        when standard_count > 0
        then
            cast(coalesce(represented_count, 0) as double)
            / cast(standard_count as double)
    end as represented_share,
    person_count,
    status,
    release_status
from valued
