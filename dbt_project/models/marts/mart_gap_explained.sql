{%- set key = "explained_by, indicator_id, area_level, area_code, period_start" -%}
with

    category as (select * from {{ ref("dim_label") }}),

    gap as (
        select *
        from {{ ref("mart_gender_gap") }}
        where
            period_grain = 'year'
            and age_band = 'total'
            and birth_region = 'total'
            and category_axis = 'total'
            and difference is not null
    ),

    -- The cells that are cut by one axis alone.
    cut as (
        select
            *,
            case
                when age_band <> 'total'
                then 'age_band'
                when birth_region <> 'total'
                then 'birth_region'
                else category_axis
            end as axis,
            case
                when age_band <> 'total'
                then age_band
                when birth_region <> 'total'
                then birth_region
                else category
            end as stratum
        from {{ ref("fct_gap") }}
        where
            period_grain = 'year'
            and case when age_band = 'total' then 0 else 1 end
            + case when birth_region = 'total' then 0 else 1 end
            + case when category = 'total' then 0 else 1 end
            = 1
    ),

    -- What only one sex is of differs between the sexes in how many are of it, and in
    -- nothing else.
    stratum as (
        select
            explanation.explained_by,
            explanation.explanation_number,
            cut.stratum,
            gap.indicator_id,
            gap.area_level,
            gap.area_code,
            gap.period_start,
            cut.women_value,
            cut.men_value,
            coalesce(cut.women_value, cut.men_value) as women_level,
            coalesce(cut.men_value, cut.women_value) as men_level,
            {%- for sex in ["women", "men"] %}
                coalesce(
                    cast(cut.{{ sex }}_denominator as double)
                    / cast(gap.{{ sex }}_denominator as double),
                    0
                ) as {{ sex }}_weight,
                sum(cut.{{ sex }}_numerator) over whole
                = gap.{{ sex }}_numerator as adds_up_for_{{ sex }},
            {%- endfor %}
            case
                when cut.difference is null
                then 0
                else cut.difference - cut.difference_low
            end as reach_down,
            case
                when cut.difference is null
                then 0
                else cut.difference_high - cut.difference
            end as reach_up
        from gap
        inner join
            {{ ref("indicator_explanation") }} as explanation
            on gap.indicator_id = explanation.indicator_id
        inner join
            cut
            on gap.indicator_id = cut.indicator_id
            and gap.area_level = cut.area_level
            and gap.area_code = cut.area_code
            and gap.period_start = cut.period_start
            and explanation.explained_by = cut.axis
        window
            whole as (
                partition by
                    explanation.explained_by,
                    gap.indicator_id,
                    gap.area_level,
                    gap.area_code,
                    gap.period_start
            )
    ),

    -- Kitagawa (1955): how many are of a kind by what both sexes show there, and what
    -- each shows there by how many of both are of it. The two add up to the difference.
    part as (
        select
            *,
            (women_weight - men_weight) * (women_level + men_level) / 2 as mix,
            (women_weight + men_weight) / 2 * (women_level - men_level) as rest,
            pow((women_weight + men_weight) / 2 * reach_down, 2) as square_down,
            pow((women_weight + men_weight) / 2 * reach_up, 2) as square_up
        from stratum
        where women_level is not null and adds_up_for_women and adds_up_for_men
    ),

    taken_apart as (
        select
            {{ key }},
            explanation_number,
            stratum,
            women_value,
            men_value,
            100 * women_weight as women_percent_of_base,
            100 * men_weight as men_percent_of_base,
            mix,
            rest,
            rest - sqrt(square_down) as rest_low,
            rest + sqrt(square_up) as rest_high
        from part
        union all
        select
            {{ key }},
            explanation_number,
            'total',
            {{ sum_of_doubles("women_weight * women_level") }},
            {{ sum_of_doubles("men_weight * men_level") }},
            100,
            100,
            {{ sum_of_doubles("mix") }},
            {{ sum_of_doubles("rest") }},
            case
                when count(square_down) = count(*)
                then
                    {{ sum_of_doubles("rest") }}
                    - sqrt({{ sum_of_doubles("square_down") }})
            end,
            case
                when count(square_up) = count(*)
                then
                    {{ sum_of_doubles("rest") }}
                    + sqrt({{ sum_of_doubles("square_up") }})
            end
        from part
        group by {{ key }}, explanation_number
    ),

    judged as (
        select
            taken_apart.*,
            gap.year,
            gap.area_name,
            gap.indicator_name_sv,
            gap.indicator_name_en,
            gap.unit,
            gap.certainty as gap_certainty,
            gap.caution,
            gap.release_status,
            taken_apart.mix + taken_apart.rest as difference,
            case
                when
                    gap.certainty not in ('certain', 'not_certain')
                    or rest_low is null
                    or rest_high is null
                then 'too_few'
                when rest_low > 0 or rest_high < 0
                then 'certain'
                else 'not_certain'
            end as rest_certainty,
            axis_label.label_sv as explained_by_label_sv,
            axis_label.label_en as explained_by_label_en,
            stratum_label.label_sv as category_label_sv,
            stratum_label.label_en as category_label_en
            {%- for language, points in [
                ("sv", "procentenheter"),
                ("en", "percentage points"),
            ] %}
                ,
                case
                    when gap.unit = 'percent'
                    then '{{ points }}'
                    else unit_label.label_{{ language }}
                end as unit_of_difference_{{ language }}
            {%- endfor %}
        from taken_apart
        inner join
            gap
            on taken_apart.indicator_id = gap.indicator_id
            and taken_apart.area_level = gap.area_level
            and taken_apart.area_code = gap.area_code
            and taken_apart.period_start = gap.period_start
        inner join
            category as axis_label
            on axis_label.axis = 'axis'
            and taken_apart.explained_by = axis_label.code
        inner join
            category as stratum_label
            on taken_apart.explained_by = stratum_label.axis
            and taken_apart.stratum = stratum_label.code
        inner join
            category as unit_label
            on unit_label.axis = 'unit'
            and gap.unit = unit_label.code
    )

select
    indicator_id,
    area_level,
    area_code,
    period_start,
    explained_by,
    stratum as category,
    indicator_name_sv,
    indicator_name_en,
    unit,
    area_name,
    year,
    explained_by_label_sv,
    explained_by_label_en,
    cast(explanation_number as integer) as explanation_number,
    category_label_sv,
    category_label_en,
    women_value,
    men_value,
    women_percent_of_base,
    men_percent_of_base,
    difference,
    mix,
    rest,
    rest_low,
    rest_high,
    rest_certainty,
    -- Simpson's: certain within the kinds, and certain the other way in the whole.
    case
        when stratum = 'total'
        then
            rest_certainty = 'certain'
            and gap_certainty = 'certain'
            and sign(rest) <> sign(difference)
    end as is_reversed,
    {%- for language in ["sv", "en"] %}
        case
            when stratum = 'total' then {{ explained_sentence(language) }}
        end as sentence_{{ language }},
    {%- endfor %}
    caution,
    release_status
from judged
