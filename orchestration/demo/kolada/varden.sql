-- Real values of Region Dalarna, as downloaded.
select
    '20250131' as _received,
    kpi,
    cast(year as integer) as year,
    case gender when 'K' then 'women' when 'M' then 'men' else 'total' end as gender,
    value,
    municipality
from
    read_csv(
        getvariable('figures') || '/kolada_dalarna.csv',
        header = true,
        all_varchar = true
    )
order by kpi, year, gender
