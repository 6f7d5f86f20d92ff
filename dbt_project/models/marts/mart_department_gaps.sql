{%- set minimum_persons = fewest_persons() -%}
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
    -- says how many there are, not what they meet.
    cell as (
        select
            fct_indicator.*,
            indicator.unit = 'percent' as is_share,
            case
                when fct_indicator.denominator > 0
                then
                    cast(fct_indicator.numerator as double)
                    / cast(fct_indicator.denominator as double)
            end as share
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

    series_break as (
        select distinct indicator_id, period_start
        from {{ ref("mart_indicator") }}
        where is_break and period_grain = 'year'
    ),

    with_year_before as (
        select
            *
            {%- for column in [
                "value",
                "share",
                "effective_total",
                "relative_variance",
                "person_count",
                "status",
                "period_start",
            ] %}
                ,
                lag({{ column }}) over (
                    partition by indicator_id, area_code, sex order by period_start
                ) as {{ column }}_before
            {%- endfor %}
        from cell
    ),

    -- Years that can be compared: one after the other, whole, of one series.
    comparable as (
        select
            with_year_before.*,
            100
            * {{
                newcombe_lo(
                    "share * effective_total",
                    "effective_total",
                    "share_before * effective_total_before",
                    "effective_total_before",
                )
            }} as share_change_low,
            100
            * {{
                newcombe_hi(
                    "share * effective_total",
                    "effective_total",
                    "share_before * effective_total_before",
                    "effective_total_before",
                )
            }} as share_change_high,
            -- The absolute error of a mean or rate is its relative one times itself.
            {{ real(normal_95()) }} * sqrt(
                value * value * relative_variance
                + value_before * value_before * relative_variance_before
            ) as value_change_reach
        from with_year_before
        left join
            series_break
            on with_year_before.indicator_id = series_break.indicator_id
            and with_year_before.period_start = series_break.period_start
        where
            {{ months_after("with_year_before.period_start_before", 12) }}
            = with_year_before.period_start
            and with_year_before.status <> 'partial'
            and with_year_before.status_before <> 'partial'
            and series_break.indicator_id is null
    ),

    with_bounds_of_change as (
        select
            indicator_id,
            area_code,
            period_start,
            sex,
            value - value_before as change,
            least(person_count, person_count_before)
            >= {{ minimum_persons }} as has_persons,
            case
                when is_share
                then share_change_low
                else value - value_before - value_change_reach
            end as change_low,
            case
                when is_share
                then share_change_high
                else value - value_before + value_change_reach
            end as change_high
        from comparable
    ),

    changed as (
        select
            indicator_id,
            area_code,
            period_start,
            sex,
            change,
            case when has_persons then change_low end as change_low,
            case when has_persons then change_high end as change_high,
            case
                when not has_persons or change_low is null
                then 'too_few'
                when change_low > 0 or change_high < 0
                then 'certain'
                else 'uncertain'
            end as change_certainty
        from with_bounds_of_change
    ),

    with_change as (
        select
            cell.*,
            changed.change,
            changed.change_low,
            changed.change_high,
            changed.change_certainty
        from cell
        left join
            changed
            on cell.indicator_id = changed.indicator_id
            and cell.area_code = changed.area_code
            and cell.period_start = changed.period_start
            and cell.sex = changed.sex
    ),

    side_by_side as (
        select
            indicator_id,
            area_code,
            period_start,
            min(release_status) as release_status,
            max(status = 'partial') as is_partial,
            min(collected_share) < 1 as has_missing_months,
            coalesce(min(followed_share) < 1, false) as is_not_followed
            {%- for sex in ["women", "men"] %}
                {%- for column in [
                    "value",
                    "person_count",
                    "share",
                    "effective_total",
                    "relative_variance",
                    "change",
                    "change_low",
                    "change_high",
                    "change_certainty",
                ] %}
                    ,
                    max({{ column }}) filter (
                        where sex = '{{ sex }}'
                    ) as {{ sex }}_{{ column }}
                {%- endfor %}
            {%- endfor %}
        from with_change
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
                then
                    women_value
                    / men_value
                    * exp(- {{ real(normal_95()) }} * ratio_error)
            end as ratio_low,
            case
                when method = 'ratio' and women_value > 0 and men_value > 0
                then
                    women_value / men_value * exp({{ real(normal_95()) }} * ratio_error)
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
            -- per cent.
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
    {%- for sex in ["women", "men"] %}
        {{ sex }}_change,
        {{ sex }}_change_low,
        {{ sex }}_change_high,
        {{ sex }}_change_certainty,
    {%- endfor %}
    {{ gap_sentence("sv", minimum_persons) }} as sentence_sv,
    {{ gap_sentence("en", minimum_persons) }} as sentence_en,
    is_partial,
    release_status
from with_certainty
inner join
    category as certainty_label
    on certainty_label.axis = 'certainty'
    and with_certainty.certainty = certainty_label.code
