with

    indicator as (select * from {{ ref("dim_indicator") }}),

    cell as (
        select cell.*
        from {{ ref("fct_indicator") }} as cell
        inner join
            indicator
            on cell.indicator_id = indicator.indicator_id
            and cell.category_axis = coalesce(indicator.only_by, 'total')
        where
            cell.sex <> 'unknown'
            and cell.age_band = 'total'
            and cell.birth_region = 'total'
    ),

    -- Of a year that is told by month each month has a cell of its own.
    counted as (
        select
            indicator_id,
            area_level,
            area_code,
            cast(extract(year from period_start) as integer) as year,
            count(
                distinct case
                    when value is not null and sex in ('women', 'men') then sex
                end
            ) as sex_count,
            count(case when sex = 'total' then value end) as total_count,
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
        when counted.total_count > 0
        then 'not_split'
        else 'no_figures'
    end as split_status
from counted
inner join indicator on counted.indicator_id = indicator.indicator_id
