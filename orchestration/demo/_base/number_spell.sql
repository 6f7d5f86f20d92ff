-- One row per person and number, with the days on which it was the person's.
select
    person_id,
    earlier_number as number,
    coalesce(
        lag(changed_on) over (partition by person_id order by changed_on),
        date '0001-01-01'
    ) as from_date,
    cast(changed_on - 1 as date) as to_date
from number_change
union all
select
    person.person_id,
    person.number,
    coalesce(max(number_change.changed_on), date '0001-01-01') as from_date,
    date '9999-12-31' as to_date
from person
left join number_change on person.person_id = number_change.person_id
group by person.person_id, person.number
