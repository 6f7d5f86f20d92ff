-- One row per person and spell in a case; spells begin on a first and end on a last
-- of month, a
-- death excepted, so that no reader can differ about the months.
with
    spell as (
        select
            case_file.case_id,
            case_file.municipality_code,
            person.person_id,
            person.household_role,
            case
                when
                    person.household_role = 'co_applicant'
                    and draw(person.person_id, 'change') between 0.12 and 0.18
                then
                    cast(
                        floor(
                            (
                                greatest(case_file.first_month, 0)
                                + least(case_file.last_month, 35)
                                + 1
                            )
                            / 2
                        ) as integer
                    )
                when person.household_role = 'child'
                then
                    greatest(
                        case_file.first_month,
                        month_index(make_date(person.birth_year, person.birth_month, 1))
                    )
                else case_file.first_month
            end as first_month,
            case
                -- moves out halfway: the household changes type
                when
                    person.household_role = 'co_applicant'
                    and draw(person.person_id, 'change') < 0.12
                then
                    cast(
                        floor(
                            (
                                greatest(case_file.first_month, 0)
                                + least(case_file.last_month, 35)
                            )
                            / 2
                        ) as integer
                    )
                -- of age from the month of the eighteenth birthday
                when person.household_role = 'child'
                then
                    least(
                        case_file.last_month,
                        month_index(
                            make_date(person.birth_year + 18, person.birth_month, 1)
                        )
                        - 1
                    )
                else case_file.last_month
            end as last_month,
            case_file.last_month as case_last_month,
            case_file.death_date
        from case_file
        inner join person on case_file.household_no = person.household_no
    ),

    -- children who live by turns with mother and father, each with a case in the same
    -- municipality
    child_of_mother as (
        select
            spell.*,
            row_number() over (
                partition by spell.municipality_code order by spell.person_id
            ) as pair_no
        from spell
        inner join case_file on spell.case_id = case_file.case_id
        where
            spell.household_role = 'child'
            and case_file.household_type = 'single_woman_with_children'
            and spell.person_id % 10 = 3
            and spell.last_month >= 0
    ),

    father as (
        select
            case_id,
            municipality_code,
            first_month,
            last_month,
            row_number() over (
                partition by municipality_code order by case_id
            ) as pair_no
        from case_file
        where
            household_type = 'single_man_with_children'
            and draw(case_id, 'shares') < 0.4
    ),

    all_spell as (
        select *, false as is_shared
        from spell
        union all
        select
            father.case_id,
            father.municipality_code,
            child_of_mother.person_id,
            'child' as household_role,
            greatest(child_of_mother.first_month, father.first_month) as first_month,
            least(child_of_mother.last_month, father.last_month) as last_month,
            father.last_month as case_last_month,
            null as death_date,
            true as is_shared
        from father
        inner join
            child_of_mother
            on father.municipality_code = child_of_mother.municipality_code
            and father.pair_no = child_of_mother.pair_no
        where
            greatest(child_of_mother.first_month, father.first_month)
            <= least(child_of_mother.last_month, father.last_month)
    )

select
    concat(
        'R',
        lpad(cast(person_id as varchar), 8, '0'),
        substr(case_id, 9),
        case when is_shared then 'V' else '' end
    ) as row_id,
    case_id,
    municipality_code,
    person_id,
    household_role,
    month_at(first_month) as from_date,
    case
        when death_date is not null
        then death_date
        -- still there, or nobody closed the row
        when
            last_month = case_last_month
            and (last_month >= 34 or draw(case_id, 'closed') < 0.3)
        then null
        else last_day(month_at(last_month))
    end as to_date
from all_spell
where first_month <= last_month
