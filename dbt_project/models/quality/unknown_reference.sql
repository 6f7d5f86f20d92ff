-- An activity without a service: what is booked on it is cost of nobody.
select
    'ledger_activity' as kind,
    entry.municipality_code as area_code,
    entry.activity_code as code,
    count(*) as row_count
from {{ ref("fct_ledger_entry") }} as entry
left join
    {{ ref("ledger_activities") }} as activity
    on entry.activity_code = activity.activity_code
where entry.activity_code is not null and activity.activity_code is null
group by 1, 2, 3
union all
-- A number whose last one is not found: replaced too often, or in a circle of one day.
select 'person_link', cast(null as varchar), cast(null as varchar), count(*)
from {{ ref("int_person_link") }} as person_link
inner join
    {{ ref("int_person_link") }} as next_link
    on person_link.person_key = next_link.number_key
having count(*) > 0
