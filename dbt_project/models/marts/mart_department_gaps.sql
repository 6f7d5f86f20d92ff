{#- Below so many persons of either sex nothing is said of a gap. -#}
{%- set minimum_persons = 30 -%}
{%- set family = "department_sv, area_code, year, is_tested" -%}
with

    indicator as (select * from {{ ref("dim_indicator") }}),

    category as (select * from {{ ref("dim_category") }}),

    area as ({{ area_names() }}),

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
    -- says
    -- how many there are, not what they meet.
    cell as (
        select fct_indicator.*
        from {{ ref("fct_indicator") }} as fct_indicator
        inner join indicator on fct_indicator.indicator_id = indicator.indicator_id
        where
            fct_indicator.area_level = 'municipality'
            and fct_indicator.period_grain = 'year'
            and fct_indicator.age_band = 'total'
            and fct_indicator.birth_region = 'total'
            and fct_indicator.category_axis = 'total'
            and fct_indicator.status in ('value', 'zero', 'partial')
            and fct_indicator.denominator is not null
            and indicator.numerator_kind = 'observed'
            and indicator.is_individual_based
    ),

    with_variance as (
        select
            *,
            {{
                relative_variance(
                    "numerator",
                    "denominator",
                    "numerator_squares",
                    "cross_products",
                    "denominator_squares",
                )
            }} as relative_variance,
            case
                when denominator > 0
                then cast(numerator as double) / cast(denominator as double)
            end as share
        from cell
    ),

    -- Rows of one person are not independent: a share of them rests on as many as would
    -- give the same variance if they were. Where that is nothing, on the persons.
    with_effective_total as (
        select
            *,
            case
                when share > 0 and share < 1 and relative_variance > 0
                then
                    least(
                        cast(denominator as double),
                        (1 - share) / (share * relative_variance)
                    )
                else cast(person_count as double)
            end as effective_total
        from with_variance
    ),

    side_by_side as (
        select
            indicator_id,
            area_code,
            period_start,
            min(release_status) as release_status,
            max(status = 'partial') as is_partial
            {%- for sex in ["women", "men"] %}
                {%- for column in [
                    "value",
                    "person_count",
                    "share",
                    "effective_total",
                    "relative_variance",
                ] %}
                    ,
                    max({{ column }}) filter (
                        where sex = '{{ sex }}'
                    ) as {{ sex }}_{{ column }}
                {%- endfor %}
            {%- endfor %}
        from with_effective_total
        group by 1, 2, 3
    ),

    compared as (
        select
            side_by_side.*,
            indicator.department_sv,
            indicator.department_en,
            indicator.service_area,
            indicator.name_sv as indicator_name_sv,
            indicator.name_en as indicator_name_en,
            indicator.unit,
            unit_label.label_sv as unit_label_sv,
            unit_label.label_en as unit_label_en,
            indicator.better,
            area.area_name,
            cast(extract(year from side_by_side.period_start) as integer) as year,
            case
                when indicator.unit = 'percent' then 'share' else 'ratio'
            end as method,
            called.*,
            women_share * women_effective_total as women_effective_count,
            men_share * men_effective_total as men_effective_count,
            (women_share * women_effective_total + men_share * men_effective_total)
            / nullif(women_effective_total + men_effective_total, 0) as pooled_share,
            sqrt(women_relative_variance + men_relative_variance) as ratio_error
        from side_by_side
        inner join indicator on side_by_side.indicator_id = indicator.indicator_id
        inner join area on side_by_side.area_code = area.area_code
        inner join
            called on {{ is_about_children("indicator.ages") }} = called.is_children
        left join
            category as unit_label
            on unit_label.axis = 'unit'
            and indicator.unit = unit_label.code
        where women_value is not null and men_value is not null
    ),

    measured as (
        select
            *,
            women_value - men_value as difference,
            case when men_value <> 0 then women_value / men_value end as ratio,
            case
                when method = 'share'
                then
                    100
                    * {{
                        newcombe_lo(
                            "women_effective_count",
                            "women_effective_total",
                            "men_effective_count",
                            "men_effective_total",
                        )
                    }}
            end as difference_low,
            case
                when method = 'share'
                then
                    100
                    * {{
                        newcombe_hi(
                            "women_effective_count",
                            "women_effective_total",
                            "men_effective_count",
                            "men_effective_total",
                        )
                    }}
            end as difference_high,
            case
                when method = 'ratio' and women_value > 0 and men_value > 0
                then women_value / men_value * exp(- {{ normal_95() }} * ratio_error)
            end as ratio_low,
            case
                when method = 'ratio' and women_value > 0 and men_value > 0
                then women_value / men_value * exp({{ normal_95() }} * ratio_error)
            end as ratio_high,
            case
                when method = 'share' and pooled_share > 0 and pooled_share < 1
                then
                    (women_share - men_share) / sqrt(
                        pooled_share
                        * (1 - pooled_share)
                        * (1 / women_effective_total + 1 / men_effective_total)
                    )
                -- Nobody or everybody of both sexes: there is no difference to find.
                when method = 'share'
                then 0
                when women_value > 0 and men_value > 0 and ratio_error > 0
                then ln(women_value / men_value) / ratio_error
            end as deviate
        from compared
    ),

    tested as (
        select
            *,
            deviate is not null
            and least(women_person_count, men_person_count)
            >= {{ minimum_persons }} as is_tested,
            {{ two_sided_p("deviate") }} as p_value
        from measured
    ),

    ranked as (
        select
            *,
            {{ false_discovery_rank("p_value", family, "indicator_id") }}
            as false_discovery_rank,
            count(*) over (partition by {{ family }}) as family_count
        from tested
    ),

    with_q as (
        select
            *,
            case
                when is_tested
                then
                    {{
                        false_discovery_q(
                            "p_value",
                            "false_discovery_rank",
                            "family_count",
                            family,
                        )
                    }}
            end as q_value
        from ranked
    ),

    with_certainty as (
        select
            *,
            case
                when not is_tested
                then 'too_few'
                when q_value <= 0.05
                then 'certain'
                else 'uncertain'
            end as certainty,
            -- Points and logarithmic per cent: ten points weigh about as much as ten
            -- per
            -- cent.
            case
                when method = 'share'
                then abs(difference)
                else 100 * abs(ln(nullif(ratio, 0)))
            end as standardised_size,
            women_value > men_value as is_women_higher,
            case
                when method = 'share'
                then abs(difference)
                when women_value > men_value
                then ratio
                else 1 / nullif(ratio, 0)
            end as shown_size,
            case
                when method = 'share' and women_value > men_value
                then difference_low
                when method = 'share'
                then - difference_high
                when women_value > men_value
                then ratio_low
                else 1 / ratio_high
            end as shown_low,
            case
                when method = 'share' and women_value > men_value
                then difference_high
                when method = 'share'
                then - difference_low
                when women_value > men_value
                then ratio_high
                else 1 / ratio_low
            end as shown_high
        from with_q
    )

select
    department_sv,
    department_en,
    area_code as municipality_code,
    area_name as municipality_name,
    year,
    cast(
        row_number() over (
            partition by department_sv, area_code, year
            order by
                case certainty when 'certain' then 1 when 'uncertain' then 2 else 3 end,
                case
                    when certainty <> 'too_few' then standardised_size
                end desc nulls last,
                indicator_id
        ) as integer
    ) as gap_rank,
    with_certainty.indicator_id,
    service_area,
    indicator_name_sv,
    indicator_name_en,
    unit,
    better,
    women_value,
    men_value,
    women_person_count,
    men_person_count,
    method,
    difference,
    difference_low,
    difference_high,
    ratio,
    ratio_low,
    ratio_high,
    standardised_size,
    case when is_tested then p_value end as p_value,
    q_value,
    certainty,
    certainty_label.label_sv as certainty_label_sv,
    certainty_label.label_en as certainty_label_en,
    {{ gap_sentence("sv", minimum_persons) }} as sentence_sv,
    {{ gap_sentence("en", minimum_persons) }} as sentence_en,
    is_partial,
    release_status
from with_certainty
inner join
    category as certainty_label
    on certainty_label.axis = 'certainty'
    and with_certainty.certainty = certainty_label.code
