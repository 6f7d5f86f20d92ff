{%- set pupils = {
    "girl": "women",
    "boy": "men",
    "unknown": "unknown",
    "pupil": "total",
} -%}
with

    -- Of several courses a pupil stands in each, and once in the total.
    course as (
        select
            area_level,
            area_code,
            cast(extract(year from period_start) as integer) as year,
            category_axis,
            category as instrument,
            {%- for pupil, sex in pupils.items() %}
                cast(
                    max(numerator) filter (where sex = '{{ sex }}') as bigint
                ) as {{ pupil }}_count,
            {%- endfor %}
            max(status) filter (where sex = 'total') as status,
            max(release_status) filter (where sex = 'total') as release_status
        from {{ ref("fct_indicator") }}
        where
            indicator_id = 'culture_school_pupils'
            and age_band = 'total'
            and birth_region = 'total'
            and category_axis in ('total', 'instrument')
        group by area_level, area_code, period_start, category_axis, category
    ),

    -- As if girls and boys chose alike: how far apart chance alone would set their
    -- shares of
    -- a course, the mean of a normal deviate's size.
    place as (
        select
            *,
            sum(girl_count) over area as girl_places,
            sum(boy_count) over area as boy_places,
            cast(girl_count + boy_count as double)
            / nullif(sum(girl_count + boy_count) over area, 0) as share
        from course
        where category_axis = 'instrument'
        window area as (partition by area_level, area_code, year)
    ),

    by_chance as (
        select
            area_level,
            area_code,
            year,
            50
            * {{
                sum_of_doubles(
                    "sqrt("
                    ~ real(2 / 3.141592653589793)
                    ~ " * share * (1 - share) * (1 / cast(girl_places as double)"
                    ~ " + 1 / cast(boy_places as double)))"
                )
            }} as dissimilarity_by_chance
        from place
        where girl_places > 0 and boy_places > 0
        group by 1, 2, 3
    ),

    dissimilarity as (
        select
            area_level,
            area_code,
            cast(extract(year from period_start) as integer) as year,
            value
        from {{ ref("fct_indicator") }}
        where indicator_id = 'course_dissimilarity_index' and sex = 'total'
    )

select
    course.area_level,
    course.area_code,
    area.area_name,
    course.year,
    course.instrument,
    label.label_sv as instrument_label_sv,
    label.label_en as instrument_label_en,
    {%- for pupil in pupils %} course.{{ pupil }}_count, {%- endfor %}
    100
    * cast(course.girl_count as double)
    / nullif(course.girl_count + course.boy_count, 0) as girl_percent,
    {{ is_balanced("course.girl_count", "course.boy_count") }} as is_balanced,
    {%- for pupil in ["girl", "boy", "pupil"] %}
        cast(
            5 * round(cast(course.{{ pupil }}_count as decimal(18, 2)) / 5) as bigint
        ) as {{ pupil }}_count_rounded,
    {%- endfor %}
    dissimilarity.value as dissimilarity_index,
    by_chance.dissimilarity_by_chance,
    course.status,
    course.release_status
from course
left join
    dissimilarity
    on course.area_level = dissimilarity.area_level
    and course.area_code = dissimilarity.area_code
    and course.year = dissimilarity.year
    and course.instrument = 'total'
left join
    by_chance
    on course.area_level = by_chance.area_level
    and course.area_code = by_chance.area_code
    and course.year = by_chance.year
    and course.instrument = 'total'
inner join {{ ref("dim_area") }} as area on course.area_code = area.area_code
inner join
    {{ ref("dim_label") }} as label
    on course.category_axis = label.axis
    and course.instrument = label.code
