with

    cell as (
        select
            fct_indicator.indicator_id,
            fct_indicator.area_level,
            fct_indicator.area_code,
            fct_indicator.period_start,
            fct_indicator.period_grain,
            fct_indicator.sex,
            fct_indicator.age_band,
            fct_indicator.birth_region,
            fct_indicator.category,
            fct_indicator.person_count,
            fct_indicator.numerator,
            fct_indicator.status
        from {{ ref("fct_indicator") }} as fct_indicator
        inner join
            {{ ref("dim_indicator") }} as indicator
            on fct_indicator.indicator_id = indicator.indicator_id
        where
            indicator.numerator_kind = 'observed'
            and indicator.is_additive
            and indicator.is_individual_based
            and fct_indicator.status not in ('not_collected', 'structural_zero')
    ),

    side_by_side as (
        select
            indicator_id,
            area_level,
            area_code,
            period_start,
            period_grain,
            age_band,
            birth_region,
            category,
            max(numerator) filter (where sex = 'women') as women,
            max(numerator) filter (where sex = 'men') as men,
            max(person_count) filter (where sex = 'women') as women_person_count,
            max(person_count) filter (where sex = 'men') as men_person_count,
            max(person_count) filter (where sex = 'total') as total_person_count,
            count(*) filter (where status = 'waived') > 0 as is_waived
        from cell
        group by 1, 2, 3, 4, 5, 6, 7, 8
    ),

    summary as (
        select
            indicator_id,
            area_level,
            area_code,
            period_start,
            period_grain,
            max(women_person_count) as women_person_count,
            max(men_person_count) as men_person_count,
            max(total_person_count) as total_person_count,
            count(*) filter (where women > 0 and men > 0) as compared_cell_count,
            count(*) filter (where women > 0 and women = men) as equal_cell_count,
            max(is_waived) as is_waived
        from side_by_side
        group by 1, 2, 3, 4, 5
    )

select
    *,
    case
        when total_person_count < 20 or is_waived
        then null
        when coalesce(women_person_count, 0) = 0
        then 'no women among ' || total_person_count || ' persons'
        when coalesce(men_person_count, 0) = 0
        then 'no men among ' || total_person_count || ' persons'
        when compared_cell_count >= 8 and compared_cell_count = equal_cell_count
        then 'women and men are equal in every cell'
    end as violation
from summary
