with

    -- What both sexes show at an age, and how many of both are of it.
    stratum as (
        select
            indicator_id,
            area_level,
            area_code,
            period_start,
            period_grain,
            age_band,
            {%- for sex in ["women", "men"] %}
                {%- for column in ["value", "value_low", "value_high"] %}
                    max({{ column }}) filter (
                        where sex = '{{ sex }}'
                    ) as {{ sex }}_{{ column }},
                {%- endfor %}
            {%- endfor %}
            sum(denominator) filter (where sex in ('women', 'men')) as base
        from {{ ref("fct_indicator") }}
        where
            birth_region = 'total'
            and category_axis = 'total'
            and age_band not in ('total', 'unknown')
            and denominator > 0
        group by 1, 2, 3, 4, 5, 6
    ),

    -- The standard: women and men of the area and period together. An age that one of
    -- them is not in says nothing of a difference.
    weighted as (
        select
            *,
            case
                when women_value is not null and men_value is not null then base
            end as weight
        from stratum
    ),

    summed as (
        select
            indicator_id,
            area_level,
            area_code,
            period_start,
            period_grain,
            count(weight) as stratum_count,
            count(
                weight
                * (women_value_low + women_value_high)
                * (men_value_low + men_value_high)
            ) as known_count,
            cast(sum(weight) as double) as weight,
            cast(sum(base) as double) as base
            {%- for name, term in {
                "women_value": "weight * women_value",
                "men_value": "weight * men_value",
                "square_down": (
                    "pow(weight * (women_value - women_value_low), 2) "
                    "+ pow(weight * (men_value_high - men_value), 2)"
                ),
                "square_up": (
                    "pow(weight * (women_value_high - women_value), 2) "
                    "+ pow(weight * (men_value - men_value_low), 2)"
                ),
            }.items() %}
                , cast(sum(cast({{ term }} as decimal(38, 8))) as double) as {{ name }}
            {%- endfor %}
        from weighted
        group by 1, 2, 3, 4, 5
    )

select
    indicator_id,
    area_level,
    area_code,
    period_start,
    period_grain,
    'total' as age_band,
    'total' as birth_region,
    'total' as category_axis,
    'total' as category,
    women_value / weight as standardised_women_value,
    men_value / weight as standardised_men_value,
    (women_value - men_value) / weight as standardised_difference,
    case
        when known_count = stratum_count
        then (women_value - men_value - sqrt(square_down)) / weight
    end as standardised_difference_low,
    case
        when known_count = stratum_count
        then (women_value - men_value + sqrt(square_up)) / weight
    end as standardised_difference_high
from summed
where weight >= {{ real(0.9) }} * base and stratum_count > 1
