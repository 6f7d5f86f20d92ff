-- One row per child, cohort and year of a linked register extract: who was placed some
-- day of the year, and children with support under LSS, with the medicines dispensed.
with
    placed as (
        select distinct
            placement.person_id,
            placed_person.number,
            placed_person.sex,
            placed_person.recorded_sex,
            placed_person.birth_region,
            placed_person.birth_year,
            placement.municipality_code,
            'placed' as cohort
        from placement
        inner join placed_person on placement.person_id = placed_person.person_id
        where placed_person.age_group <> 'adult'
    ),

    placed_year as (
        select placed.*, t.year_no
        from placed
        cross join (values (2023), (2024), (2025)) as t(year_no)
        where
            exists (
                from placement
                where
                    placement.person_id = placed.person_id
                    and placement.from_date <= make_date(t.year_no, 12, 31)
                    and coalesce(placement.to_date, date '9999-12-31')
                    >= make_date(t.year_no, 1, 1)
            )
    ),

    lss_year as (
        select
            person.person_id,
            person.number,
            person.sex,
            person.recorded_sex,
            person.birth_region,
            person.birth_year,
            household.municipality_code,
            'lss' as cohort,
            t.year_no
        from person
        inner join test_number on person.number = test_number.number
        inner join household on person.household_no = household.household_no
        cross join (values (2023), (2024), (2025)) as t(year_no)
        where
            person.household_role = 'child'
            and t.year_no - person.birth_year between 4 and 18
            and draw(person.person_id, 'lss') < case when person.sex = 'women' then 0.05 else 0.09 end
    ),

    child_year as (
        select *
        from placed_year
        union all by name
        select *
        from lss_year
    )

select
    *,
    concat(person_id, cohort, year_no) as chance_id,
    draw(concat(person_id, cohort, year_no), 'antipsychotics') < case
        when cohort = 'lss' and sex = 'women'
        then 0.09
        when cohort = 'lss'
        then 0.12
        when sex = 'women'
        then 0.06
        else 0.08
    end as has_antipsychotics,
    draw(concat(person_id, cohort, year_no), 'benzodiazepines') < case
        when cohort = 'lss' then 0.05 when sex = 'women' then 0.07 else 0.03
    end as has_benzodiazepines
from child_year
