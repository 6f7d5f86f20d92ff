with

    replaced as (select * from {{ ref("stg_folkbokforing__nummerbyte") }}),

    -- A change that later ones lead back to its beginning has been taken back: from A
    -- to B, and from B to A again, leaves A.
    taken_back as (
        select replaced.number_key
        from replaced
        inner join
            replaced as second_change on replaced.person_key = second_change.number_key
        left join
            replaced as third_change
            on second_change.person_key = third_change.number_key
        where
            (
                second_change.person_key = replaced.number_key
                and second_change.changed_on > replaced.changed_on
            )
            or (
                third_change.person_key = replaced.number_key
                and third_change.changed_on > replaced.changed_on
            )
    ),

    standing as (
        select replaced.*
        from replaced
        left join taken_back on replaced.number_key = taken_back.number_key
        where taken_back.number_key is null
    )

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
from standing as first_change
left join
    standing as second_change on first_change.person_key = second_change.number_key
left join standing as third_change on second_change.person_key = third_change.number_key
