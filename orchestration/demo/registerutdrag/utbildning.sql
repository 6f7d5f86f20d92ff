-- Placed children in year 9, and what became of those who left it three and four years
-- ago: upper secondary finished or not.
with
    left_school as (
        select
            placed_person.person_id,
            placed_person.number,
            placed_person.sex,
            placed_person.recorded_sex,
            placed_person.birth_region,
            placed_person.municipality_code,
            placed_person.birth_year + 16 as year_9
        from placed_person
        where
            placed_person.birth_year between 2003 and 2009
            and placed_person.number is not null
            and (
                exists (
                    from placement
                    where placement.person_id = placed_person.person_id
                )
                or draw(placed_person.person_id, 'once placed') < 0.06
            )
    ),

    measured as (
        select *, 'upper_secondary_eligible' as outcome_group, year_9 as year_no
        from left_school
        union all
        select *, 'upper_secondary_in_3_years', year_9 + 3
        from left_school
        union all
        select *, 'upper_secondary_in_4_years', year_9 + 4
        from left_school
    )

select
    municipality_code as _area,
    cast(year_no as varchar) as _period,
    concat(year_no + 1, '0215') as _received,
    number as personnummer,
    recorded_sex as kon,
    nullif(birth_region, 'unknown') as fodelseland,
    outcome_group as matt,
    year_9 as ar_arskurs_9,
    draw(person_id, 'school') < case outcome_group
        when 'upper_secondary_eligible'
        then 0.64
        when 'upper_secondary_in_3_years'
        then 0.36
        else 0.43
    end
    + case when sex = 'women' then 0.06 else 0 end
    - case when birth_region = 'abroad' then 0.08 else 0 end as utfall
from measured
where year_no between 2023 and 2025
order by _area, _period, matt, personnummer
