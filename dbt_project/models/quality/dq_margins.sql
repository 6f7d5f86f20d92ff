with

    cell as (
        select fct_indicator.*
        from {{ ref("fct_indicator") }} as fct_indicator
        inner join
            {{ ref("dim_indicator") }} as indicator
            on fct_indicator.indicator_id = indicator.indicator_id
        where
            indicator.numerator_kind = 'observed'
            and indicator.is_additive
            and fct_indicator.age_band = 'total'
            and fct_indicator.birth_region = 'total'
            and fct_indicator.status
            in ('value', 'zero', 'partial', 'not_yet_followed', 'no_denominator')
    ),

    part as (
        select
            indicator_id,
            area_level,
            area_code,
            period_start,
            period_grain,
            sex,
            category_axis,
            max(numerator) as largest_numerator,
            max(denominator) as largest_denominator,
            min(numerator) as smallest_numerator
        from cell
        where category_axis <> 'total'
        group by 1, 2, 3, 4, 5, 6, 7
    )

select
    part.*,
    margin.numerator,
    margin.denominator,
    case
        -- Money taken back makes a part larger than the whole.
        when part.smallest_numerator < 0
        then null
        when margin.numerator < part.largest_numerator
        then 'the whole is less than one of its parts'
        when margin.denominator < part.largest_denominator
        then 'the base of the whole is less than that of one of its parts'
    end as violation
from part
inner join
    cell as margin
    on part.indicator_id = margin.indicator_id
    and part.area_level = margin.area_level
    and part.area_code = margin.area_code
    and part.period_start = margin.period_start
    and part.period_grain = margin.period_grain
    and part.sex = margin.sex
    and margin.category_axis = 'total'
