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
    course.status,
    course.release_status
from course
inner join {{ ref("dim_area") }} as area on course.area_code = area.area_code
inner join
    {{ ref("dim_label") }} as label
    on course.category_axis = label.axis
    and course.instrument = label.code
