-- The register as it stood on each day of drawing.
select
    register_draw.municipality_code as _area,
    register_draw.received as _received,
    member.row_id as post_nr,
    member.case_id as arende_nr,
    number_spell.number as pnr,
    concat('Testnamn-', person.person_id, ', Test') as efternamn_fornamn,
    coalesce(person.recorded_sex, 'unknown') as kon,
    member.household_role as roll,
    nullif(person.birth_region, 'unknown') as fodd_utomlands,
    member.from_date as from_datum,
    case
        when member.to_date <= register_draw.drawn_on
        then member.to_date
        when draw(member.row_id, 'open end') < 0.5
        then date '9999-12-31'
    end as tom_datum
from register_draw
inner join member on register_draw.municipality_code = member.municipality_code
inner join person on member.person_id = person.person_id
inner join
    number_spell
    on member.person_id = number_spell.person_id
    and register_draw.drawn_on between number_spell.from_date and number_spell.to_date
where register_draw.source = 'beta' and member.from_date <= register_draw.drawn_on
order by _area, _received, post_nr
