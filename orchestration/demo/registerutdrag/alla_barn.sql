-- All children of a municipality, as the authority counts them: a table, no persons.
with
    rate as (
        select *
        from
            (
                values
                    ('antipsychotics', 'women', 0.006, 0, 17),
                    ('antipsychotics', 'men', 0.009, 0, 17),
                    ('benzodiazepines', 'women', 0.005, 0, 17),
                    ('benzodiazepines', 'men', 0.003, 0, 17),
                    ('upper_secondary_eligible', 'women', 0.88, 15, 15),
                    ('upper_secondary_eligible', 'men', 0.85, 15, 15),
                    ('upper_secondary_in_3_years', 'women', 0.76, 18, 18),
                    ('upper_secondary_in_3_years', 'men', 0.70, 18, 18),
                    ('upper_secondary_in_4_years', 'women', 0.80, 19, 19),
                    ('upper_secondary_in_4_years', 'men', 0.75, 19, 19)
            ) as t(outcome_group, sex, share, least_age, most_age)
    ),

    -- about as many of each age as the county has
    counted as (
        select
            municipality.municipality_code,
            t.year_no,
            rate.outcome_group,
            rate.sex,
            rate.share,
            cast(
                round(
                    municipality.residents
                    * getvariable('scale')
                    * case when rate.sex = 'women' then 0.0056 else 0.0060 end
                    * (rate.most_age - rate.least_age + 1)
                    * (
                        0.97 + 0.06 * draw(
                            concat(municipality.municipality_code, t.year_no, rate.sex),
                            concat('children of ', rate.least_age)
                        )
                    )
                ) as integer
            ) as child_count
        from rate
        cross join municipality
        cross join (values (2023), (2024), (2025)) as t(year_no)
    ),

    with_outcome as (
        select
            *,
            cast(
                round(
                    child_count
                    * share
                    * (
                        0.9 + 0.2
                        * draw(concat(municipality_code, year_no, sex), outcome_group)
                    )
                ) as integer
            ) as with_outcome_count
        from counted
    ),

    with_total as (
        select municipality_code, year_no, outcome_group, sex, child_count, with_outcome_count
        from with_outcome
        union all
        select
            municipality_code,
            year_no,
            outcome_group,
            'total',
            sum(child_count),
            sum(with_outcome_count)
        from with_outcome
        group by 1, 2, 3
    )

select
    municipality_code as _area,
    cast(year_no as varchar) as _period,
    concat(year_no + 1, '0215') as _received,
    'Jämförelsetal, alla barn' as _title,
    outcome_group as matt,
    sex as kon,
    cast(child_count as integer) as antal_barn,
    cast(least(with_outcome_count, child_count) as integer) as antal_med_utfall
from with_total
order by _area, _period, matt, kon
