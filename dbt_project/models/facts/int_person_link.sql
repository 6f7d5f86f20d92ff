with replaced as (select * from {{ ref("stg_folkbokforing__nummerbyte") }})

-- A number may be replaced more than once; the last one is the person's.
select
    first_change.number_key,
    coalesce(
        third_change.person_key, second_change.person_key, first_change.person_key
    ) as person_key,
    first_change.changed_on,
    first_change.earlier_number_sex,
    first_change.number_sex,
    coalesce(
        third_change.number_sex, second_change.number_sex, first_change.number_sex
    ) as last_number_sex
from replaced as first_change
left join
    replaced as second_change on first_change.person_key = second_change.number_key
left join replaced as third_change on second_change.person_key = third_change.number_key
