{%- set cell = gap_key() | join(", ") -%}
{#- A reader sees the figures of a department at once, or one indicator's cut in one way. -#}
{%- set family = [
    "seen_together",
    "has_age_band",
    "has_birth_region",
    "category_axis",
    "numerator_kind",
    "area_level",
    "area_code",
    "period_start",
    "period_grain",
] -%}
with

    indicator as (select * from {{ ref("dim_indicator") }}),

    version as (select * from {{ ref("dim_indicator_version") }}),

    standardised as (select * from {{ ref("indicator_standardised") }}),

    side_by_side as (
        select
            {{ cell }},
            {%- for sex in ["women", "men", "unknown", "total"] %}
                {%- set shown = [
                    "value",
                    "status",
                    "numerator",
                    "denominator",
                    "person_count",
                ] -%}
                {%- set compared = [
                    "value_low",
                    "value_high",
                    "effective_total",
                    "relative_variance",
                ] -%}
                {%- for column in shown + (
                    compared if sex in ["women", "men"] else []
                ) %}
                    max({{ column }}) filter (
                        where sex = '{{ sex }}'
                    ) as {{ sex }}_{{ column }},
                {%- endfor %}
            {%- endfor %}
            min(collected_share) as collected_share,
            min(followed_share) as followed_share,
            max(release_status) filter (where sex = 'total') as release_status
        from {{ ref("fct_indicator") }}
        group by {{ cell }}
    ),

    joined as (
        select
            side_by_side.*,
            indicator.scale,
            indicator.unit_step,
            indicator.is_additive,
            indicator.estimate_kind,
            indicator.counts_persons,
            indicator.numerator_kind,
            indicator.base_kind = 'published' as is_of_inhabitants,
            coalesce(
                version.is_break and side_by_side.period_start = version.first_period,
                false
            ) as is_break,
            side_by_side.age_band <> 'total' as has_age_band,
            side_by_side.birth_region <> 'total' as has_birth_region,
            side_by_side.age_band = 'total'
            and side_by_side.birth_region = 'total'
            and side_by_side.category_axis = 'total' as is_headline,
            case
                when is_headline
                then indicator.department_en
                else side_by_side.indicator_id
            end as seen_together,
            side_by_side.women_value - side_by_side.men_value as difference,
            standardised.standardised_women_value,
            standardised.standardised_men_value,
            standardised.standardised_difference,
            standardised.standardised_difference_low,
            standardised.standardised_difference_high
            {%- for sex in ["women", "men"] %}
                ,
                coalesce(
                    {{ sex }}_status in ('value', 'zero'), false
                ) as is_whole_of_{{ sex }},
                case
                    when indicator.numerator_kind = 'published'
                    then {{ sex }}_denominator
                    else {{ sex }}_person_count
                end
                >= {{ fewest_persons() }} as has_{{ sex }},
                case
                    when indicator.base_kind = 'published'
                    then {{ sex }}_denominator
                    else {{ sex }}_person_count
                end
                >= {{ fewest_persons() }} as has_base_of_{{ sex }},
                case
                    when {{ sex }}_denominator > 0
                    then
                        cast({{ sex }}_numerator as double)
                        / cast({{ sex }}_denominator as double)
                end as {{ sex }}_share,
                case
                    when {{ sex }}_person_count > 1
                    then
                        {{
                            sample_variance(
                                sex ~ "_relative_variance", sex ~ "_person_count"
                            )
                        }}
                end as {{ sex }}_variance
            {%- endfor %}
        from side_by_side
        inner join indicator on side_by_side.indicator_id = indicator.indicator_id
        left join
            version
            on side_by_side.indicator_id = version.indicator_id
            and side_by_side.period_grain = version.period_grain
            and side_by_side.period_start >= version.holds_from
            and side_by_side.period_start < version.holds_before
        left join
            standardised
            on {% for column in gap_key() -%}
                side_by_side.{{ column }} = standardised.{{ column }}
                {%- if not loop.last %} and {% endif -%}
            {%- endfor %}
    ),

    -- How it is tested, or why it is not: shares by the one that both would have, few
    -- among inhabitants and events that one side only has exactly, what persons add
    -- as a ratio.
    with_method as (
        select
            *,
            case
                when estimate_kind = 'index'
                then 'index'
                when women_value is null or men_value is null
                then 'no_value'
                when {{ has_no_error("estimate_kind") }}
                then estimate_kind
                when abs(difference) < unit_step
                then 'below_unit'
                when estimate_kind = 'share' and has_women and has_men
                then 'share'
                when estimate_kind = 'share' and counts_persons and is_of_inhabitants
                then
                    case
                        when has_base_of_women and has_base_of_men
                        then 'exact'
                        else 'few_persons'
                    end
                when estimate_kind = 'share'
                then 'few_persons'
                when women_numerator = 0 and men_numerator = 0
                then 'no_events'
                when women_numerator = 0 or men_numerator = 0
                then
                    case
                        when
                            has_base_of_women
                            and has_base_of_men
                            and coalesce(women_relative_variance, men_relative_variance)
                            > 0
                        then 'one_sided'
                        else 'few_persons'
                    end
                when not (has_women and has_men)
                then 'few_persons'
                when women_variance + men_variance > 0
                then 'ratio'
                else 'no_variance'
            end as method
        from joined
    ),

    with_error as (
        select
            *,
            method in ('share', 'exact', 'one_sided', 'ratio') as is_tested,
            case
                when method = 'ratio' then sqrt(women_variance + men_variance)
            end as ratio_error,
            case
                when method = 'ratio'
                then
                    {{
                        per_freedom(
                            "women_variance",
                            "women_person_count",
                            "men_variance",
                            "men_person_count",
                        )
                    }}
            end as per_freedom
        from with_method
    ),

    with_deviate as (
        select
            *,
            case
                method
                when 'share'
                then
                    {{
                        share_deviate(
                            "women_share",
                            "women_effective_total",
                            "men_share",
                            "men_effective_total",
                        )
                    }}
                when 'ratio'
                then
                    {{
                        normal_deviate(
                            "(ln(women_value / men_value) / ratio_error)",
                            "per_freedom",
                        )
                    }}
            end as deviate,
            case
                when method = 'ratio'
                then exp(ratio_error * {{ student_95("per_freedom") }})
                when method = 'share' and women_share > 0 and men_share > 0
                then
                    exp(
                        {{ real(normal_95()) }} * sqrt(
                            (1 - women_share) / (women_share * women_effective_total)
                            + (1 - men_share) / (men_share * men_effective_total)
                        )
                    )
            end as ratio_reach
        from with_error
    ),

    tested as (
        select
            *,
            case
                when method in ('share', 'ratio')
                then {{ two_sided_p("deviate") }}
                when method = 'exact'
                then
                    {{
                        fisher_p(
                            "cast(women_numerator as bigint)",
                            "cast(women_denominator as bigint)",
                            "cast(men_numerator as bigint)",
                            "cast(men_denominator as bigint)",
                        )
                    }}
                {%- for sex, other in [("women", "men"), ("men", "women")] %}
                    when method = 'one_sided' and {{ sex }}_numerator > 0
                    then
                        {{
                            one_sided_events_p(
                                "(1 / " ~ sex ~ "_relative_variance)",
                                sex ~ "_denominator",
                                other ~ "_denominator",
                            )
                        }}
                {%- endfor %}
            end as p_value
        from with_deviate
    ),

    with_q as (
        {{
            with_false_discovery(
                "tested",
                family,
                ["indicator_id", "age_band", "birth_region", "category"],
            )
        }}
    ),

    with_bounds as (
        select
            *,
            {{
                difference_lo(
                    "women_value", "women_value_low", "men_value", "men_value_high"
                )
            }} as difference_low,
            {{
                difference_hi(
                    "women_value", "women_value_high", "men_value", "men_value_low"
                )
            }} as difference_high
        from with_q
    ),

    with_period_before as (
        select
            *
            {%- for column in [
                "women_value",
                "women_value_low",
                "women_value_high",
                "men_value",
                "men_value_low",
                "men_value_high",
                "difference",
                "difference_low",
                "difference_high",
                "is_whole_of_women",
                "is_whole_of_men",
                "has_women",
                "has_men",
            ] %}, lag({{ column }}) over series as {{ column }}_before {%- endfor %}
        from with_bounds
        window
            series as (
                partition by
                    {{ gap_key() | reject("equalto", "period_start") | join(", ") }}
                order by period_start
            )
    ),

    -- What is measured in another way is not changed by what people do, nor is a
    -- period by what has not come of it.
    changed as (
        select
            *
            {%- for name, value, sexes in [
                ("women", "women_value", ["women"]),
                ("men", "men_value", ["men"]),
                ("difference", "difference", ["women", "men"]),
            ] %}
                {%- set followed_on -%}
                    not is_break
                    {%- if name != "difference" %} and is_headline {%- endif %}
                    {%- for sex in sexes %}
                        and is_whole_of_{{ sex }}
                        and is_whole_of_{{ sex }}_before
                    {%- endfor %}
                {%- endset -%}
                {%- set known -%}
                    {{ followed_on }}
                    and not {{ has_no_error("estimate_kind") }}
                    {%- for sex in sexes %}
                        and has_{{ sex }}
                        and has_{{ sex }}_before
                    {%- endfor %}
                {%- endset %},
                case
                    when {{ followed_on }} then {{ value }} - {{ value }}_before
                end as {{ name }}_change,
                case
                    when {{ known }}
                    then
                        {{
                            difference_lo(
                                value,
                                value ~ "_low",
                                value ~ "_before",
                                value ~ "_high_before",
                            )
                        }}
                end as {{ name }}_change_low,
                case
                    when {{ known }}
                    then
                        {{
                            difference_hi(
                                value,
                                value ~ "_high",
                                value ~ "_before",
                                value ~ "_low_before",
                            )
                        }}
                end as {{ name }}_change_high
            {%- endfor %}
        from with_period_before
    ),

    judged as (
        select
            *,
            case
                when q_value <= 0.05
                then 'certain'
                when is_tested or method = 'below_unit'
                then 'not_certain'
                when method in ('few_persons', 'no_variance')
                then 'too_few'
                when method = 'no_events'
                then 'no_events'
                else 'not_comparable'
            end as certainty,
            -- Whoever is of unknown sex may be a woman or a man. Of a share those
            -- who count can all be of the one sex and those who do not of the other.
            estimate_kind = 'share' and not is_of_inhabitants as is_part_of_base,
            coalesce(unknown_numerator, 0) as unknown_counted,
            coalesce(unknown_denominator, 0) as unknown_base,
            coalesce(unknown_numerator, 0) > 0
            or coalesce(unknown_denominator, 0) > 0 as has_unknown
        from changed
    ),

    -- How high the one sex can be and how low the other.
    with_unknown as (
        select
            *
            {%- for sex in ["women", "men"] %}
                ,
                cast({{ sex }}_numerator + unknown_counted as double) / coalesce(
                    {{ sex }}_denominator
                    + case when is_part_of_base then unknown_counted else 0 end,
                    1
                ) as {{ sex }}_most,
                cast({{ sex }}_numerator as double) / coalesce(
                    {{ sex }}_denominator
                    + unknown_base
                    - case when is_part_of_base then unknown_counted else 0 end,
                    1
                ) as {{ sex }}_least
            {%- endfor %}
        from judged
    )

select
    {{ cell }},
    {%- for sex in ["women", "men", "unknown", "total"] %}
        {{ sex }}_value,
        {{ sex }}_status,
        {{ sex }}_numerator,
        {{ sex }}_denominator,
        {{ sex }}_person_count,
    {%- endfor %}
    difference,
    difference_low,
    difference_high,
    case
        when has_unknown and is_additive and difference is not null
        then scale * (women_least - men_most)
    end as difference_with_unknown_low,
    case
        when has_unknown and is_additive and difference is not null
        then scale * (women_most - men_least)
    end as difference_with_unknown_high,
    case when men_value <> 0 then women_value / men_value end as ratio,
    women_value / men_value / ratio_reach as ratio_low,
    women_value / men_value * ratio_reach as ratio_high,
    -- Of those who are counted, how many are women; and of the base they come from.
    case
        when is_additive and women_numerator + men_numerator > 0
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
    standardised_women_value,
    standardised_men_value,
    standardised_difference,
    standardised_difference_low,
    standardised_difference_high,
    is_break,
    {%- for side in ["women", "men", "difference"] %}
        {{ side }}_change,
        {{ side }}_change_low,
        {{ side }}_change_high,
        case
            when {{ side }}_change is null
            then null
            when {{ side }}_change_low > 0 or {{ side }}_change_high < 0
            then 'certain'
            when {{ side }}_change_low is not null
            then 'not_certain'
            when {{ has_no_error("estimate_kind") }}
            then 'not_comparable'
            else 'too_few'
        end as {{ side }}_change_certainty,
    {%- endfor %}
    method,
    p_value,
    q_value,
    certainty,
    case
        when collected_share < 1
        then 'partial'
        when followed_share < 1
        then 'not_followed'
    end as caution,
    case
        when certainty in ('too_few', 'no_events', 'not_comparable')
        then 'not_comparable'
        when method = 'below_unit' or {{ is_same("women_value", "men_value") }}
        then 'equal'
        when certainty = 'not_certain'
        then 'not_certain'
        when difference > 0
        then 'women_higher'
        else 'men_higher'
    end as verdict,
    release_status
from with_unknown
