-- The register as it stood on each day of drawing. 9904 writes numbers with ten digits, + for who is
-- a hundred.
select
    register_draw.municipality_code as _area,
    register_draw.received as _received,
    member.row_id as rad_id,
    member.case_id as arende_id,
    case
        when register_draw.municipality_code = '9904'
        then ten_digits(number_spell.number, year(register_draw.drawn_on))
        else hyphened(number_spell.number)
    end as personnummer,
    concat('Testnamn-', person.person_id) as namn,
    concat(
        'Testgatan ', 1 + person.household_no % 99, ', 990 00 Exempelstad'
    ) as adress,
    person.recorded_sex as kon,
    member.household_role as roll,
    person.birth_region as fodelseland,
    member.from_date as fran,
    case
        when member.to_date <= register_draw.drawn_on
        then member.to_date
        when draw(member.row_id, 'open end') < 0.3
        then date '9999-12-31'
    end as till
from register_draw
inner join member on register_draw.municipality_code = member.municipality_code
inner join person on member.person_id = person.person_id
inner join
    number_spell
    on member.person_id = number_spell.person_id
    and register_draw.drawn_on between number_spell.from_date and number_spell.to_date
where register_draw.source = 'alfa' and member.from_date <= register_draw.drawn_on
order by _area, _received, rad_id
