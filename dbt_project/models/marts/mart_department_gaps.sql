with

    category as (select * from {{ ref("dim_category") }}),

    sex_label as ({{ sex_labels() }}),

    called as (
        select
            is_children
            {%- for sex in ["women", "men"] %}
                {%- for label in [
                    "label_sv",
                    "label_en",
                    "one_label_sv",
                    "one_label_en",
                ] %}
                    ,
                    lower(
                        max({{ label }}) filter (where sex = '{{ sex }}')
                    ) as {{ sex }}_{{ label }}
                {%- endfor %}
            {%- endfor %}
        from sex_label
        group by 1
    ),

    -- What is divided by a base, in the year as a whole and all ages: a plain count
    -- says how many there are, not what they meet.
    gap as (
        select
            gap.*,
            indicator.department_sv,
            indicator.department_en,
            unit_label.label_sv as unit_label_sv,
            unit_label.label_en as unit_label_en,
            called.*,
            explained.explained_by,
            explained.mix,
            explained.rest,
            explained.sentence_sv as explanation_sv,
            explained.sentence_en as explanation_en,
            cast(gap.year as varchar) as period_text,
            -- Points and logarithmic per cent: ten points weigh about as much as ten
            -- per cent.
            case
                when gap.unit = 'percent'
                then abs(gap.difference)
                else 100 * abs(ln(nullif(gap.ratio, 0)))
            end as standardised_size,
            case
                gap.certainty when 'certain' then 1 when 'not_certain' then 2 else 3
            end as page_part
        from {{ ref("mart_gender_gap") }} as gap
        inner join
            {{ ref("dim_indicator") }} as indicator
            on gap.indicator_id = indicator.indicator_id
        inner join
            called on {{ is_about_children("indicator.ages") }} = called.is_children
        inner join
            category as unit_label
            on unit_label.axis = 'unit'
            and gap.unit = unit_label.code
        left join
            {{ ref("mart_gap_explained") }} as explained
            on gap.indicator_id = explained.indicator_id
            and gap.area_level = explained.area_level
            and gap.area_code = explained.area_code
            and gap.period_start = explained.period_start
            and explained.explanation_number = 1
            and explained.category = 'total'
        where
            gap.area_level = 'municipality'
            and gap.period_grain = 'year'
            and gap.age_band = 'total'
            and gap.birth_region = 'total'
            and gap.category_axis = 'total'
            and gap.certainty <> 'not_comparable'
            and indicator.numerator_kind = 'observed'
    )

select
    gap.department_sv,
    gap.department_en,
    gap.area_code as municipality_code,
    gap.area_name as municipality_name,
    gap.year,
    cast(
        row_number() over (
            partition by gap.department_sv, gap.area_code, gap.year
            order by
                gap.page_part,
                case when gap.page_part < 3 then standardised_size end desc nulls last,
                gap.indicator_id
        ) as integer
    ) as gap_rank,
    gap.indicator_id,
    gap.service_area,
    gap.indicator_name_sv,
    gap.indicator_name_en,
    gap.unit,
    gap.better,
    gap.women_value,
    gap.men_value,
    gap.women_person_count,
    gap.men_person_count,
    gap.method,
    gap.difference,
    gap.difference_low,
    gap.difference_high,
    gap.ratio,
    gap.ratio_low,
    gap.ratio_high,
    standardised_size,
    gap.standardised_difference,
    gap.standardised_difference_low,
    gap.standardised_difference_high,
    gap.explained_by,
    gap.mix,
    gap.rest,
    gap.p_value,
    gap.q_value,
    gap.certainty,
    certainty_label.label_sv as certainty_label_sv,
    certainty_label.label_en as certainty_label_en,
    {%- for side in ["women", "men", "difference"] %}
        gap.{{ side }}_change,
        gap.{{ side }}_change_low,
        gap.{{ side }}_change_high,
        gap.{{ side }}_change_certainty,
    {%- endfor %}
    {{ gap_sentence("sv") }} as sentence_sv,
    {{ gap_sentence("en") }} as sentence_en,
    gap.caution,
    gap.release_status
from gap
inner join
    category as certainty_label
    on certainty_label.axis = 'certainty'
    and gap.certainty = certainty_label.code
