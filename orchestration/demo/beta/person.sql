select
    member.municipality_code as _area,
    '20260115' as _received,
    member.row_id as post_nr,
    member.case_id as arende_nr,
    person.number as pnr,
    concat('Testnamn-', person.person_id, ', Test') as efternamn_fornamn,
    coalesce(person.recorded_sex, 'unknown') as kon,
    member.household_role as roll,
    nullif(person.birth_region, 'unknown') as fodd_utomlands,
    member.from_date as from_datum,
    case
        when member.to_date <= date '2026-01-15'
        then member.to_date
        when draw(member.row_id, 'open end') < 0.5
        then date '9999-12-31'
    end as tom_datum
from member
inner join person on member.person_id = person.person_id
inner join municipality on member.municipality_code = municipality.municipality_code
where municipality.source = 'beta' and member.from_date <= date '2026-01-15'
order by _area, post_nr
