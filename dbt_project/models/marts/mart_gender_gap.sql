with

    cell as (select * from {{ ref("mart_indicator") }}),

    side_by_side as (
        select
            {%- for column in gap_key() %} {{ column }}, {%- endfor %}
            min(service_area) as service_area,
            min(indicator_name_sv) as indicator_name_sv,
            min(indicator_name_en) as indicator_name_en,
            min(unit) as unit,
            min(better) as better,
            min(area_name) as area_name,
            min(year) as year,
            min(age_band_label_sv) as age_band_label_sv,
            min(birth_region_label_sv) as birth_region_label_sv,
            min(category_label_sv) as category_label_sv,
            min(release_status) as release_status
            {%- for sex in ["women", "men", "unknown", "total"] %}
                ,
                max(value) filter (where sex = '{{ sex }}') as {{ sex }}_value,
                max(status) filter (where sex = '{{ sex }}') as {{ sex }}_status,
                max(numerator) filter (where sex = '{{ sex }}') as {{ sex }}_numerator,
                max(denominator) filter (
                    where sex = '{{ sex }}'
                ) as {{ sex }}_denominator,
                max(person_count) filter (
                    where sex = '{{ sex }}'
                ) as {{ sex }}_person_count
            {%- endfor %}
        from cell
        group by {{ gap_key() | join(", ") }}
    )

select
    *,
    women_value - men_value as difference,
    case when men_value <> 0 then women_value / men_value end as ratio,
    -- Of those who are counted, how many are women; and the same of the base they
    -- come from.
    case
        when women_numerator + men_numerator > 0
        then
            cast(women_numerator as double)
            / cast(women_numerator + men_numerator as double)
    end as women_share,
    case
        when women_denominator + men_denominator > 0
        then
            cast(women_denominator as double)
            / cast(women_denominator + men_denominator as double)
    end as women_share_of_base,
    women_value
    - men_value
    - lag(women_value - men_value) over (
        partition by
            indicator_id,
            area_level,
            area_code,
            period_grain,
            age_band,
            birth_region,
            category_axis,
            category
        order by period_start
    ) as difference_change,
    case
        when
            women_status in ('value', 'zero', 'partial')
            and men_status in ('value', 'zero', 'partial')
        then
            case
                when women_value is null or men_value is null
                then 'not_comparable'
                when women_value > men_value
                then 'women_higher'
                when women_value < men_value
                then 'men_higher'
                else 'equal'
            end
        else 'not_comparable'
    end as verdict
from side_by_side
