select
    cell.indicator_id,
    cell.area_code,
    cell.period_start,
    cell.status,
    count(*) as cell_count,
    count(*) filter (
        where
            indicator.unit = 'percent'
            and (
                {{ is_above("0", "cell.value") }} or {{ is_above("cell.value", "100") }}
            )
    ) as out_of_range_count,
    count(*) filter (
        where cell.status = 'structural_zero' and coalesce(cell.numerator, 0) <> 0
    ) as filled_structural_zero_count,
    count(*) filter (
        where cell.status in ('value', 'zero') and cell.value is null
    ) as missing_value_count,
    case
        when out_of_range_count > 0
        then 'a percentage outside 0–100'
        when filled_structural_zero_count > 0
        then 'persons where there can be none'
        when missing_value_count > 0
        then 'a value is missing without a reason'
    end as violation
from {{ ref("fct_indicator") }} as cell
inner join
    {{ ref("dim_indicator") }} as indicator
    on cell.indicator_id = indicator.indicator_id
group by 1, 2, 3, 4
