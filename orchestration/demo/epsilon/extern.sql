select
    municipality_code as _area,
    _period,
    _received,
    concat('Extern Omsorg AB (påhittat), ', _period) as _title,
    volume_id as lopnummer,
    number_in_workbook as personnummer,
    cast(null as varchar) as kon,
    service as insats,
    strftime(month, '%Y-%m') as manad,
    unit as enhet,
    case
        when unit = 'hours' then clock(granted) else cast(cast(granted as integer) as varchar)
    end as bestallt,
    case
        when unit = 'hours'
        then clock(performed)
        else cast(cast(performed as integer) as varchar)
    end as utfort
from care_report
where is_external
order by _area, _period, lopnummer
