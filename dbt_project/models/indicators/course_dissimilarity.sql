with

    choice as ({{ at_each_level(ref("fct_course_choice")) }}),

    pupil_course as (
        select distinct
            area_level,
            area_code,
            {{ period_start("start_date", "year") }} as period_start,
            sex,
            person_key,
            instrument
        from choice
        where not is_adult
    ),

    course as (
        select
            area_level,
            area_code,
            period_start,
            instrument,
            count(*) filter (where sex = 'women') as girl_count,
            count(*) filter (where sex = 'men') as boy_count
        from pupil_course
        group by 1, 2, 3, 4
    ),

    area_year as (
        select
            area_level,
            area_code,
            period_start,
            sum(girl_count) as girl_count,
            sum(boy_count) as boy_count
        from course
        group by 1, 2, 3
    ),

    -- Differences over a common denominator: whole numbers until the last division.
    dissimilarity as (
        select
            course.area_level,
            course.area_code,
            course.period_start,
            'total' as sex,
            case
                when min(area_year.girl_count) > 0 and min(area_year.boy_count) > 0
                then
                    cast(
                        50.0 * sum(
                            abs(
                                course.girl_count * area_year.boy_count
                                - course.boy_count * area_year.girl_count
                            )
                        )
                        / (
                            min(area_year.girl_count) * min(area_year.boy_count)
                        ) as decimal(20, 2)
                    )
            end as numerator
        from course
        inner join
            area_year
            on course.area_level = area_year.area_level
            and course.area_code = area_year.area_code
            and course.period_start = area_year.period_start
        group by 1, 2, 3
    ),

    pupil as (
        select
            area_level,
            area_code,
            period_start,
            case when grouping(sex) = 1 then 'total' else sex end as sex,
            count(distinct person_key) as person_count
        from pupil_course
        group by
            grouping sets (
                (area_level, area_code, period_start, sex),
                (area_level, area_code, period_start)
            )
    )

select
    'course_dissimilarity_index' as indicator_id,
    pupil.area_level,
    pupil.area_code,
    pupil.period_start,
    'year' as period_grain,
    pupil.sex,
    'total' as age_band,
    'total' as birth_region,
    'total' as category_axis,
    'total' as category,
    dissimilarity.numerator,
    pupil.person_count
from pupil
left join
    dissimilarity
    on pupil.area_level = dissimilarity.area_level
    and pupil.area_code = dissimilarity.area_code
    and pupil.period_start = dissimilarity.period_start
    and pupil.sex = dissimilarity.sex
