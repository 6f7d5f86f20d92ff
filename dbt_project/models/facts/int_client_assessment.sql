with

    delivered as (
        {{
            union_staging(
                [ref("stg_delta__behov")],
                [
                    "municipality_code",
                    "need_key",
                    "person_key",
                    "changed_on",
                    "problem_area",
                    "identified_on",
                    "need_level",
                    "ended_on",
                    "need_level_end",
                ],
            )
        }}
    ),

    assessment as (
        select
            municipality_code,
            need_key,
            -- A row without any number is a person of their own.
            coalesce(person_key, md5(need_key)) as person_key,
            problem_area,
            identified_on,
            need_level,
            ended_on,
            need_level_end
        from delivered
    ),

    -- The years that a municipality tells of: a need that began before them is open in
    -- them only, and one that is still open stays so as long as changes come.
    horizon as (
        select
            municipality_code,
            {{ period_start("min(changed_on)", "year") }} as first_year,
            {{ period_start("max(changed_on)", "year") }} as last_year
        from delivered
        group by municipality_code
    ),

    calendar as (
        {{
            month_starts(
                "(select min(first_year) from horizon)",
                "(select max(last_year) from horizon)",
            )
        }}
    ),

    year as (
        select distinct {{ period_start("month", "year") }} as year_start from calendar
    )

select
    assessment.municipality_code,
    assessment.need_key,
    assessment.person_key,
    assessment.problem_area,
    year.year_start,
    {{ period_end("year.year_start", "year") }} as year_end,
    assessment.identified_on,
    cast(assessment.need_level as integer) as need_level,
    assessment.ended_on,
    cast(assessment.need_level_end as integer) as need_level_end
from assessment
inner join horizon on assessment.municipality_code = horizon.municipality_code
inner join
    year
    on year.year_start between horizon.first_year and horizon.last_year
    and assessment.identified_on <= {{ period_end("year.year_start", "year") }}
    and coalesce(assessment.ended_on, year.year_start) >= year.year_start
