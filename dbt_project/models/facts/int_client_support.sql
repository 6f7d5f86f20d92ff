with

    delivered as (
        {{
            union_staging(
                [ref("stg_delta__stod")],
                [
                    "municipality_code",
                    "support_key",
                    "person_key",
                    "problem_area",
                    "from_date",
                    "to_date",
                ],
            )
        }}
    )

-- Of a support that ran while the need was open, the days within the year.
select distinct
    need.municipality_code,
    need.person_key,
    need.problem_area,
    need.year_start,
    delivered.support_key,
    greatest(delivered.from_date, need.year_start) as from_date,
    least(coalesce(delivered.to_date, need.year_end), need.year_end) as to_date
from {{ ref("int_client_assessment") }} as need
inner join
    delivered
    on need.municipality_code = delivered.municipality_code
    and need.person_key = delivered.person_key
    and need.problem_area = delivered.problem_area
    and delivered.from_date
    <= least(coalesce(need.ended_on, need.year_end), need.year_end)
    and coalesce(delivered.to_date, need.year_end)
    >= greatest(need.identified_on, need.year_start)
where need.need_level > 0
