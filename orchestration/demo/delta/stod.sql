select
    client_support.municipality_code as _area,
    '20260114' as _received,
    'Stödinsatser till och med 2025-12-31' as _title,
    support_id as insats_nr,
    ten_digits(coalesce(client_support.number, number_spell.number), 2026) as klient,
    problem_area as omrade,
    -- text cells: the system writes its dates as it shows them
    strftime(offered_on, '%Y-%m-%d') as erbjudet,
    strftime(client_support.from_date, '%Y-%m-%d') as fran,
    strftime(client_support.to_date, '%Y-%m-%d') as till
from client_support
left join
    number_spell
    on client_support.person_id = number_spell.person_id
    and date '2026-01-14' between number_spell.from_date and number_spell.to_date
order by _area, support_id
