-- About one person in 250 has a protected identity; of a few it has ended.
select
    '20260110' as _received,
    person.number as personnummer,
    case
        when draw(person.person_id, 'protected') < 0.003
        then 'confidentiality_mark'
        when draw(person.person_id, 'protected') < 0.004
        then 'protected_registration'
        else 'ended'
    end as skydd
from person
inner join test_number on person.number = test_number.number
where draw(person.person_id, 'protected') < 0.0045
order by personnummer
