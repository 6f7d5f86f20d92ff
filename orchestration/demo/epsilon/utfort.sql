-- 9904-9906 write hours with a colon, 9907 and 9908 in minutes; 9905 has three times of
-- the third quarter of 2025 that are none.
with
    reported as (
        select
            *,
            municipality_code in ('9904', '9905', '9906') and unit = 'hours' as has_colon,
            municipality_code in ('9907', '9908') and unit = 'hours' as is_in_minutes,
            row_number() over (
                partition by municipality_code, _period, unit order by volume_id
            ) as row_no
        from care_report
        where not is_external
    )

select
    municipality_code as _area,
    _period,
    _received,
    volume_id as rad_id,
    hyphened(number) as personnummer,
    service as insats,
    provider as regi,
    payer as betalas_av,
    month as manad,
    case when is_in_minutes then 'minutes' else unit end as enhet,
    granted as beviljat,
    case
        when has_colon
        then clock(granted)
        when is_in_minutes
        then cast(cast(granted * 60 as integer) as varchar)
    end as _raw_beviljat,
    performed as utfort,
    case
        when has_colon and municipality_code = '9905' and _period = '2025K3' and row_no <= 3
        then '7:75'
        when has_colon
        then clock(performed)
        when is_in_minutes
        then cast(cast(performed * 60 as integer) as varchar)
    end as _raw_utfort
from reported
order by _area, _period, rad_id
