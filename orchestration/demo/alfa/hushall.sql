-- The register as it stood in January 2026; 9902 also sent it in January 2025. 9904
-- writes numbers
-- with ten digits, + for who is a hundred.
with
    snapshot as (
        select municipality_code, '20260115' as _received, date '2026-01-15' as drawn_on
        from municipality
        where source = 'alfa'
        union all
        select '9902', '20250115', date '2025-01-15'
    )

select
    snapshot.municipality_code as _area,
    snapshot._received,
    member.row_id as rad_id,
    member.case_id as arende_id,
    case
        when snapshot.municipality_code = '9904'
        then ten_digits(number_spell.number, year(snapshot.drawn_on))
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
        when member.to_date <= snapshot.drawn_on
        then member.to_date
        when draw(member.row_id, 'open end') < 0.3
        then date '9999-12-31'
    end as till
from snapshot
inner join member on snapshot.municipality_code = member.municipality_code
inner join person on member.person_id = person.person_id
inner join
    number_spell
    on member.person_id = number_spell.person_id
    and snapshot.drawn_on between number_spell.from_date and number_spell.to_date
where member.from_date <= snapshot.drawn_on
order by _area, _received, rad_id
