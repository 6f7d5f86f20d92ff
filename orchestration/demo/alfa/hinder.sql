select
    obstacle.municipality_code as _area,
    period_by_half(benefit_month) as _period,
    received(benefit_month, 6, 1, 15) as _received,
    obstacle.case_id as arende_id,
    hyphened(number_spell.number) as personnummer,
    obstacle.benefit_month as manad,
    obstacle.obstacle as hinder
from obstacle
inner join
    number_spell
    on obstacle.person_id = number_spell.person_id
    and obstacle.benefit_month between number_spell.from_date and number_spell.to_date
inner join municipality on obstacle.municipality_code = municipality.municipality_code
where municipality.source = 'alfa'
order by _area, _period, arende_id, manad, personnummer nulls last, hinder nulls last
