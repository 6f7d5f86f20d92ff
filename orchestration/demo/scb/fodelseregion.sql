-- The fictional county on 31 December: Sweden's ages of 2019, more born abroad among
-- the young
-- middle-aged. From 2025 the totals carry noise of their own, as SCB's cell key
-- method gives.
with
    sweden as (
        select
            age,
            t.sex,
            case when t.sex = 'women' then women else men end
            / sum(women + men) over (partition by t.sex) as share
        from
            (
                select age, sum(women) as women, sum(men) as men
                from
                    read_csv(
                        getvariable('figures') || '/scb_population_2019.csv',
                        header = true
                    )
                group by age
            ) as ages
        cross join (values ('women'), ('men')) as t(sex)
    ),

    counted as (
        select
            t.year_no,
            municipality.municipality_code,
            municipality.municipality_name,
            sweden.age,
            sweden.sex,
            municipality.residents
            * getvariable('scale')
            * (1 + 0.004 * (t.year_no - 2024))
            * sweden.share
            * (
                0.97
                + 0.06
                * draw(concat(municipality_code, sweden.age, sex, t.year_no), 'n')
            ) as expected,
            least(
                0.6,
                municipality.abroad_factor
                * (0.04 + 0.19 * exp(- pow((sweden.age - 36) / 24.0, 2)))
            ) as share_abroad
        from sweden
        cross join municipality
        cross join (values (2023), (2024), (2025)) as t(year_no)
    ),

    born as (
        select
            year_no,
            municipality_code,
            municipality_name,
            age,
            sex,
            t.birth_region,
            cast(
                round(
                    expected * case
                        when t.birth_region = 'abroad'
                        then share_abroad
                        else 1 - share_abroad
                    end
                ) as integer
            ) as residents
        from counted
        cross join (values ('sweden'), ('abroad')) as t(birth_region)
    ),

    with_totals as (
        select *
        from born
        union all by name
        select
            year_no,
            municipality_code,
            municipality_name,
            age,
            coalesce(sex, 'total') as sex,
            coalesce(birth_region, 'total') as birth_region,
            cast(
                greatest(
                    0,
                    sum(residents)
                    - 2
                    + floor(
                        draw(concat(municipality_code, age, sex, birth_region), 'noise')
                        * 5
                    )
                ) as integer
            ) as residents
        from born
        where year_no = 2025
        group by
            year_no,
            municipality_code,
            municipality_name,
            age,
            grouping sets ((sex), (birth_region), ())
    )

select
    cast(year_no as varchar) as _period,
    municipality_name as region,
    age as alder,
    sex as kon,
    birth_region as fodelseregion,
    residents as antal
from with_totals
order by _period, municipality_code, alder, kon, fodelseregion
