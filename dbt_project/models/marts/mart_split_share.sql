with

    indicator as (select * from {{ ref("dim_indicator") }}),

    split as (
        select split.area_code, split.year, indicator.service_area, split.split_status
        from {{ ref("indicator_split") }} as split
        inner join indicator on split.indicator_id = indicator.indicator_id
        where split.area_level = 'municipality'
    ),

    -- Every area of the registry, and all of them together.
    counted as (
        select
            area_code,
            year,
            coalesce(service_area, 'total') as service_area,
            {%- for status in [
                "split",
                "not_split",
                "waived",
                "no_figures",
                "not_about_persons",
            ] %}
                cast(
                    sum(
                        case when split_status = '{{ status }}' then 1 else 0 end
                    ) as integer
                ) as {{ status }}_count
                {%- if not loop.last %}, {% endif -%}
            {%- endfor %}
        from split
        group by grouping sets ((area_code, year), (area_code, year, service_area))
    )

select
    counted.area_code as municipality_code,
    municipality.municipality_name,
    counted.year,
    counted.service_area,
    coalesce(category.label_sv, 'Alla') as service_area_label_sv,
    coalesce(category.label_en, 'All') as service_area_label_en,
    counted.split_count,
    counted.not_split_count,
    counted.waived_count,
    counted.no_figures_count,
    counted.not_about_persons_count,
    100.0
    * counted.split_count
    / nullif(
        counted.split_count + counted.not_split_count + counted.waived_count, 0
    ) as split_percent
from counted
inner join
    {{ ref("dim_municipality") }} as municipality
    on counted.area_code = municipality.municipality_code
left join
    {{ ref("dim_category") }} as category
    on category.axis = 'service_area'
    and counted.service_area = category.code
