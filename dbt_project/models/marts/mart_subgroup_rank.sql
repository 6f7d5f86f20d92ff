{#- Below so many persons in the denominator a subgroup has no rank. -#}
{%- set minimum_persons = fewest_persons() -%}
{%- set family = "indicator_id, area_level, area_code, year" -%}
with

    -- What has been broken down by age and birth region together, and is a share or a
    -- number of persons per inhabitant.
    indicator as (
        select distinct dim_indicator.*
        from {{ ref("dim_indicator") }} as dim_indicator
        inner join
            {{ ref("indicator_breakdown") }} as indicator_breakdown
            on dim_indicator.indicator_id = indicator_breakdown.indicator_id
        where
            dim_indicator.service_area = 'economic_assistance'
            and dim_indicator.numerator_kind = 'observed'
            and dim_indicator.period_grain = 'year'
            and (
                dim_indicator.unit = 'percent'
                or (dim_indicator.unit = 'per_1000' and dim_indicator.counts_persons)
            )
            and indicator_breakdown.has_age_band
            and indicator_breakdown.has_birth_region
            and indicator_breakdown.category_axis = 'total'
    ),

    category as (select * from {{ ref("dim_category") }}),

    sex_label as ({{ sex_labels() }}),

    area as ({{ area_names() }}),

    cell as (
        select
            fct_indicator.*,
            cast(extract(year from fct_indicator.period_start) as integer) as year,
            indicator.base_kind = 'published' as is_of_inhabitants,
            indicator.scale,
            -- Inhabitants, or the persons that the rows of the denominator are about.
            case
                when indicator.base_kind = 'published'
                then coalesce(cast(fct_indicator.denominator as bigint), 0)
                else fct_indicator.person_count
            end as base_person_count
        from {{ ref("fct_indicator") }} as fct_indicator
        inner join indicator on fct_indicator.indicator_id = indicator.indicator_id
        where
            fct_indicator.area_level in ('municipality', 'county')
            and fct_indicator.category_axis = 'total'
    ),

    whole as (
        select *
        from cell
        where sex = 'total' and age_band = 'total' and birth_region = 'total'
    ),

    -- Whoever is unknown in one of the three is in the whole and in no subgroup.
    subgroup as (
        select
            cell.*,
            base_person_count < {{ minimum_persons }} or value is null as is_not_ranked
        from cell
        where
            sex in ('women', 'men')
            and birth_region not in ('unknown', 'total')
            and age_band not in ('unknown', 'total')
    ),

    -- The rest: everybody else of the area and year, those of whom something is not
    -- known too. Persons are of one subgroup, so what they add is taken off the whole.
    beside_the_rest as (
        select
            subgroup.*,
            whole.numerator - subgroup.numerator as rest_numerator,
            whole.denominator - subgroup.denominator as rest_denominator,
            whole.person_count - subgroup.person_count as rest_person_count,
            cast(subgroup.numerator as double)
            / nullif(cast(subgroup.denominator as double), 0) as share,
            cast(whole.numerator - subgroup.numerator as double) / nullif(
                cast(whole.denominator - subgroup.denominator as double), 0
            ) as rest_share,
            {{
                relative_variance(
                    "(whole.numerator - subgroup.numerator)",
                    "(whole.denominator - subgroup.denominator)",
                    "(whole.numerator_squares - subgroup.numerator_squares)",
                    "(whole.cross_products - subgroup.cross_products)",
                    "(whole.denominator_squares - subgroup.denominator_squares)",
                )
            }} as rest_relative_variance,
            whole.value as whole_value,
            whole.value_low as whole_low,
            whole.value_high as whole_high
        from subgroup
        inner join
            whole
            on subgroup.indicator_id = whole.indicator_id
            and subgroup.area_level = whole.area_level
            and subgroup.area_code = whole.area_code
            and subgroup.year = whole.year
    ),

    with_rest as (
        select
            *,
            case
                when is_of_inhabitants
                then cast(rest_denominator as double)
                else
                    {{
                        effective_total(
                            "rest_share",
                            "rest_relative_variance",
                            "rest_denominator",
                            "rest_person_count",
                        )
                    }}
            end as rest_effective_total,
            not is_not_ranked
            and case
                when is_of_inhabitants then rest_denominator else rest_person_count
            end
            >= {{ minimum_persons }} as is_tested
        from beside_the_rest
    ),

    with_difference as (
        select
            *,
            scale * rest_share as rest_value,
            {%- for bound, part_bound, rest_bound in [
                ("lo", "value_low", wilson_hi),
                ("hi", "value_high", wilson_lo),
            ] %}
                {%- set difference = (
                    difference_lo if bound == "lo" else difference_hi
                ) %}
                {{
                    difference(
                        "value",
                        part_bound,
                        "(scale * rest_share)",
                        "(scale * "
                        ~ rest_bound(
                            "rest_share * rest_effective_total",
                            "rest_effective_total",
                        )
                        ~ ")",
                    )
                }} as difference_{{ "low" if bound == "lo" else "high" }},
            {%- endfor %}
            -- As in fct_gap: few among inhabitants are tested exactly.
            case
                when
                    is_tested
                    and is_of_inhabitants
                    and least(numerator, rest_numerator) < {{ minimum_persons }}
                then
                    {{
                        fisher_p(
                            "cast(numerator as bigint)",
                            "cast(denominator as bigint)",
                            "cast(rest_numerator as bigint)",
                            "cast(rest_denominator as bigint)",
                        )
                    }}
                when is_tested
                then
                    {{
                        two_sided_p(
                            share_deviate(
                                "share",
                                "effective_total",
                                "rest_share",
                                "rest_effective_total",
                            )
                        )
                    }}
            end as p_value
        from with_rest
    ),

    with_q as (
        {{
            with_false_discovery(
                "with_difference",
                ["indicator_id", "area_level", "area_code", "year"],
                ["sex", "birth_region", "age_band"],
            )
        }}
    ),

    ranked as (
        select
            *,
            case
                when not is_not_ranked
                then
                    rank() over (
                        partition by {{ family }}, is_not_ranked order by value desc
                    )
            end as subgroup_rank,
            sum(case when is_not_ranked then 0 else 1 end) over (
                partition by {{ family }}
            ) as ranked_count
        from with_q
    )

select
    ranked.indicator_id,
    indicator.name_sv as indicator_name_sv,
    indicator.name_en as indicator_name_en,
    indicator.unit,
    indicator.better,
    ranked.area_level,
    ranked.area_code,
    area.area_name,
    ranked.year,
    ranked.sex,
    sex_label.label_sv as sex_label_sv,
    sex_label.label_en as sex_label_en,
    ranked.birth_region,
    birth_label.label_sv as birth_region_label_sv,
    birth_label.label_en as birth_region_label_en,
    ranked.age_band,
    age_label.label_sv as age_band_label_sv,
    age_label.label_en as age_band_label_en,
    ranked.numerator,
    ranked.denominator,
    ranked.base_person_count,
    ranked.value,
    ranked.value_low,
    ranked.value_high,
    cast(ranked.subgroup_rank as integer) as subgroup_rank,
    cast(ranked.ranked_count as integer) as ranked_count,
    ranked.whole_value,
    ranked.whole_low,
    ranked.whole_high,
    ranked.rest_value,
    case when ranked.is_tested then ranked.value - ranked.rest_value end as difference,
    case when ranked.is_tested then ranked.difference_low end as difference_low,
    case when ranked.is_tested then ranked.difference_high end as difference_high,
    ranked.p_value,
    ranked.q_value,
    case
        when not ranked.is_tested
        then 'too_few'
        when ranked.q_value <= 0.05
        then 'certain'
        else 'not_certain'
    end as certainty,
    case
        when ranked.value is null
        then ranked.status
        when ranked.is_not_ranked
        then 'too_few'
        else ranked.status
    end as status,
    ranked.release_status
from ranked
inner join indicator on ranked.indicator_id = indicator.indicator_id
inner join area on ranked.area_code = area.area_code
inner join
    sex_label
    on {{ is_about_children("indicator.ages") }} = sex_label.is_children
    and ranked.sex = sex_label.sex
inner join
    category as birth_label
    on birth_label.axis = 'birth_region'
    and ranked.birth_region = birth_label.code
inner join
    category as age_label
    on age_label.axis = 'age_band'
    and ranked.age_band = age_label.code
