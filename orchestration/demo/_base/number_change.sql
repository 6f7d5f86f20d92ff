-- One row per number that was replaced. Planted on single applicants with aid before and
-- after: two had a samordningsnummer first, one of them a second personnummer since; one
-- changes legal sex, and the number with it.
with
    planted as (
        select *
        from
            (
                values
                    (1, 'personnummer', false, date '2023-11-06', null),
                    (2, 'samordningsnummer', false, date '2024-03-11', null),
                    (3, 'samordningsnummer', false, date '2023-06-05', 4),
                    (4, 'personnummer', false, date '2024-09-02', null),
                    (5, 'personnummer', true, date '2025-02-10', null)
            ) as t(change_no, kind, is_other_sex, changed_on, next_change_no)
    ),

    -- 3 and 4 are the same person
    candidate as (
        select
            person.person_id,
            person.sex,
            row_number() over (order by draw(person.person_id, 'number change')) as candidate_no
        from person
        inner join case_file on person.household_no = case_file.household_no
        inner join test_number on person.number = test_number.number
        where
            test_number.kind = 'personnummer'
            and case_file.household_type in ('single_man', 'single_woman')
            and case_file.first_month <= 2
            and case_file.last_month >= 30
            and case_file.death_date is null
            and not case_file.is_never_granted
    ),

    unused as (
        select
            test_number.number,
            test_number.kind,
            test_number.sex,
            row_number() over (
                partition by test_number.kind, test_number.sex
                order by draw(test_number.number, 'number change')
            ) as number_no
        from test_number
        anti join person on test_number.number = person.number
        where test_number.birth_year between 1981 and 2002
    ),

    earlier as (
        select
            planted.change_no,
            planted.next_change_no,
            planted.changed_on,
            candidate.person_id,
            unused.number as earlier_number
        from planted
        inner join
            candidate
            on candidate.candidate_no
            = case when planted.change_no = 4 then 3 else planted.change_no end
        inner join
            unused
            on unused.kind = planted.kind
            and (unused.sex = candidate.sex) = not planted.is_other_sex
            and unused.number_no = planted.change_no
    )

select
    earlier.person_id,
    earlier.earlier_number,
    coalesce(following.earlier_number, person.number) as new_number,
    earlier.changed_on
from earlier
inner join person on earlier.person_id = person.person_id
left join earlier as following on earlier.next_change_no = following.change_no
