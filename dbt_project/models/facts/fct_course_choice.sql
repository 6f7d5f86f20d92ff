with

    delivered as (
        {{
            union_staging(
                [ref("stg_kulturskola__kursval")],
                [
                    "municipality_code",
                    "choice_key",
                    "person_key",
                    "start_date",
                    "instrument",
                ],
            )
        }}
    ),

    choice as (
        select
            municipality_code,
            choice_key,
            -- A row without any number is a person of their own.
            coalesce(person_key, md5(choice_key)) as person_key,
            start_date,
            instrument
        from delivered
    ),

    with_person as (
        select
            choice.*,
            {{ sex_on("choice.start_date") }} as sex,
            {{
                age_of_person(
                    period_end(period_start("choice.start_date", "year"), "year")
                )
            }} as age,
            coalesce(person.birth_region, 'unknown') as birth_region
        from choice
        left join
            {{ ref("dim_person") }} as person on choice.person_key = person.person_key
    ),

    -- The school is for children: whoever is of unknown age is one.
    pupil as (select *, coalesce(age >= 18, false) as is_adult from with_person),

    -- A pupil who takes a course in two terms is one pupil of the year.
    course as (
        select
            municipality_code,
            {{ period_start("start_date", "year") }} as year_start,
            instrument,
            count(distinct person_key) filter (where sex = 'women') as girl_count,
            count(distinct person_key) filter (where sex = 'men') as boy_count
        from pupil
        where not is_adult
        group by 1, 2, 3
    )

select
    pupil.municipality_code,
    pupil.choice_key,
    pupil.person_key,
    pupil.start_date,
    pupil.sex,
    cast({{ band("age_band", "pupil.age") }} as varchar) as age_band,
    pupil.is_adult,
    pupil.birth_region,
    pupil.instrument,
    coalesce(
        {{ is_balanced("course.girl_count", "course.boy_count") }}, false
    ) as is_balanced_course
from pupil
left join
    course
    on pupil.municipality_code = course.municipality_code
    and {{ period_start("pupil.start_date", "year") }} = course.year_start
    and pupil.instrument = course.instrument
