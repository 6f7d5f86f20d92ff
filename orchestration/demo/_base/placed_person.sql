-- One row per person who may be placed, ranked by age group and sex: children and
-- grown-ups of the households first, then test numbers that nobody else has. Who has
-- a protected identity comes early, so that some are placed at any size.
with
    resident as (
        select
            person.person_id,
            person.number,
            person.sex,
            person.recorded_sex,
            person.birth_region,
            person.birth_year,
            household.municipality_code,
            case
                when draw(person.person_id, 'protected') < 0.0008
                then 1
                when person.number not like 'DEMO-%'
                then 2
                else 4
            end as turn
        from person
        inner join household on person.household_no = household.household_no
        anti join number_change on person.person_id = number_change.person_id
        where person.number not like 'LOK-%'
    ),

    unused as (
        select
            9000000000 + row_number() over (order by test_number.number) as person_id,
            test_number.number,
            test_number.sex,
            test_number.birth_year
        from test_number
        anti join person on test_number.number = person.number
        anti join number_change on test_number.number = number_change.earlier_number
        where
            test_number.kind = 'personnummer'
            and test_number.birth_year between 1960 and 2020
    ),

    place as (
        select
            municipality_code,
            sum(residents) over (order by municipality_code)
            / sum(residents) over () as upper_share
        from municipality
    ),

    candidate as (
        select *
        from resident
        union all by name
        select
            person_id,
            number,
            sex,
            sex as recorded_sex,
            case
                when draw(person_id, 'birth region') < 0.2 then 'abroad' else 'sweden'
            end as birth_region,
            birth_year,
            (
                select min(place.municipality_code)
                from place
                where place.upper_share > draw(unused.person_id, 'municipality')
            ) as municipality_code,
            3 as turn
        from unused
    ),

    grouped as (
        select
            *,
            case
                when birth_year <= 2002
                then 'adult'
                when birth_year between 2003 and 2005
                then 'left school'
                when birth_year between 2006 and 2008
                then concat('born ', birth_year)
                when birth_year between 2009 and 2011
                then 'teen'
                when birth_year between 2012 and 2020
                then 'young'
            end as age_group
        from candidate
    )

select
    *,
    row_number() over (
        partition by age_group, sex order by turn, draw(person_id, 'placed'), person_id
    ) as rank_no
from grouped
where age_group is not null
