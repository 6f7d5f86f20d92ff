with

    indicator as (select * from {{ ref("dim_indicator") }}),

    cell as (
        select *
        from {{ ref("fct_indicator") }}
        where
            sex in ('women', 'men')
            and age_band = 'total'
            and birth_region = 'total'
            and category_axis = 'total'
    ),

    -- Of a year that is told by month each month has a cell of its own.
    counted as (
        select
            indicator_id,
            area_level,
            area_code,
            cast(extract(year from period_start) as integer) as year,
            count(distinct case when value is not null then sex end) as sex_count,
            sum(case when status = 'waived' then 1 else 0 end) as waived_count
        from cell
        group by indicator_id, area_level, area_code, extract(year from period_start)
    )

select
    counted.indicator_id,
    counted.area_level,
    counted.area_code,
    counted.year,
    case
        when not indicator.is_individual_based
        then 'not_about_persons'
        when counted.waived_count > 0
        then 'waived'
        when counted.sex_count = 2
        then 'split'
        else 'no_figures'
    end as split_status
from counted
inner join indicator on counted.indicator_id = indicator.indicator_id
