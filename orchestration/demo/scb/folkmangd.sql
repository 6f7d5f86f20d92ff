-- The real population of 2019.
select
    '2019' as _period,
    name.municipality_name as region,
    population.age as alder,
    population.sex as kon,
    population.residents as antal
from
    (
        unpivot (
            select *
            from
                read_csv(
                    getvariable('figures') || '/scb_population_2019.csv',
                    header = true,
                    types = {'municipality_code':'varchar'}
                )
        )
        on men,
        women
        into name sex value residents
    ) as population
inner join
    read_csv(
        getvariable('seeds') || '/municipalities.csv', header = true, all_varchar = true
    ) as name
    on population.municipality_code = name.municipality_code
order by population.municipality_code, alder, kon
