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
            cast(
                sum(denominator) filter (where sex in ('women', 'men')) as double
            ) as base
        from {{ ref("fct_indicator") }}
        where
            birth_region = 'total'
            and category_axis = 'total'
            and age_band not in ('total', 'unknown')
            and denominator > 0
        group by 1, 2, 3, 4, 5, 6
    ),

    -- The standard: women and men of the area and period together. An age that one of
    -- them
    -- is not in says nothing of a difference.
    weighted as (
        select
            *,
            base / sum(base) over standard as share_of_all,
            case
                when women_value is not null and men_value is not null
                then base
            end / sum(
                case
                    when women_value is not null and men_value is not null then base
                end
            ) over standard as weight
        from stratum
        window
            standard as (
                partition by
                    indicator_id, area_level, area_code, period_start, period_grain
            )
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
            sum(case when weight is not null then share_of_all end) as represented,
            sum(weight * women_value) as women_value,
            sum(weight * men_value) as men_value,
            sqrt(
                sum(
                    pow(weight, 2) * (
                        pow(women_value - women_value_low, 2)
                        + pow(men_value_high - men_value, 2)
                    )
                )
            ) as reach_down,
            sqrt(
                sum(
                    pow(weight, 2) * (
                        pow(women_value_high - women_value, 2)
                        + pow(men_value - men_value_low, 2)
                    )
                )
            ) as reach_up
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
    women_value as standardised_women_value,
    men_value as standardised_men_value,
    women_value - men_value as standardised_difference,
    case
        when known_count = stratum_count then women_value - men_value - reach_down
    end as standardised_difference_low,
    case
        when known_count = stratum_count then women_value - men_value + reach_up
    end as standardised_difference_high
from summed
where represented >= {{ real(0.9) }} and stratum_count > 1
