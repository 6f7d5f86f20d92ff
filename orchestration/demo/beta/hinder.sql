select
    obstacle.municipality_code as _area,
    period_by_half(benefit_month) as _period,
    received(benefit_month, 6, 1, 15) as _received,
    obstacle.case_id as arende_nr,
    person.number as pnr,
    obstacle.benefit_month as manad,
    obstacle.obstacle as hinderkod
from obstacle
inner join person on obstacle.person_id = person.person_id
inner join municipality on obstacle.municipality_code = municipality.municipality_code
where municipality.source = 'beta'
order by _area, _period, arende_nr, manad, pnr nulls last, hinderkod nulls last
