-- The register as it stood on each day of drawing.
select
    client_support.municipality_code as _area,
    register_draw.received as _received,
    concat('Stödinsatser till och med ', register_draw.drawn_on) as _title,
    support_id as insats_nr,
    ten_digits(
        coalesce(client_support.number, number_spell.number), year(register_draw.drawn_on)
    ) as klient,
    problem_area as omrade,
    -- text cells: the system writes its dates as it shows them
    strftime(offered_on, '%Y-%m-%d') as erbjudet,
    case
        when client_support.from_date <= register_draw.drawn_on
        then strftime(client_support.from_date, '%Y-%m-%d')
    end as fran,
    case
        when client_support.to_date <= register_draw.drawn_on
        then strftime(client_support.to_date, '%Y-%m-%d')
    end as till
from client_support
inner join
    register_draw on client_support.municipality_code = register_draw.municipality_code
left join
    number_spell
    on client_support.person_id = number_spell.person_id
    and register_draw.drawn_on between number_spell.from_date and number_spell.to_date
where client_support.offered_on <= register_draw.drawn_on
order by _area, _received, support_id
