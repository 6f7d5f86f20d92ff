with

    indicator as (
        select indicator_id, scale, is_additive from {{ ref("dim_indicator") }}
    ),

    -- What is the same for all sexes stands in the row of the total.
    named as (
        select
            {%- for column in gap_key() + gap_names() %} {{ column }}, {%- endfor %}
            is_break
        from {{ ref("mart_indicator") }}
        where sex = 'total'
    ),

    side_by_side as (
        select
            {%- for column in gap_key() %} {{ column }}, {%- endfor %}
            {%- for sex in ["women", "men", "unknown", "total"] %}
                max(value) filter (where sex = '{{ sex }}') as {{ sex }}_value,
                max(status) filter (where sex = '{{ sex }}') as {{ sex }}_status,
                max(numerator) filter (where sex = '{{ sex }}') as {{ sex }}_numerator,
                max(denominator) filter (
                    where sex = '{{ sex }}'
                ) as {{ sex }}_denominator,
                max(person_count) filter (
                    where sex = '{{ sex }}'
                ) as {{ sex }}_person_count
                {%- if not loop.last %}, {% endif -%}
            {%- endfor %}
        from {{ ref("fct_indicator") }}
        group by {{ gap_key() | join(", ") }}
    ),

    -- The bounds of not knowing: everybody of unknown sex counted as a woman, as a man.
    with_bounds as (
        select
            side_by_side.*,
            {%- for column in gap_names() %} named.{{ column }}, {%- endfor %}
            named.is_break,
            coalesce(
                women_status in ('value', 'zero') and men_status in ('value', 'zero'),
                false
            ) as is_whole,
            indicator.is_additive
            {%- for sex in ["women", "men"] %}
                ,
                case
                    when {{ sex }}_value is not null and indicator.is_additive
                    then
                        cast(
                            {{ sex }}_numerator
                            + coalesce(unknown_numerator, 0) as double
                        )
                        * indicator.scale
                        / cast(
                            coalesce(
                                {{ sex }}_denominator
                                + coalesce(unknown_denominator, 0),
                                1
                            ) as double
                        )
                end as {{ sex }}_value_with_unknown
            {%- endfor %}
        from side_by_side
        inner join indicator on side_by_side.indicator_id = indicator.indicator_id
        inner join
            named
            on {% for column in gap_key() %}
                side_by_side.{{ column }} = named.{{ column }}
                {% if not loop.last %} and {% endif %}
            {% endfor %}
    )

select
    {%- for column in gap_key() + gap_names() %} {{ column }}, {%- endfor %}
    {%- for sex in ["women", "men", "unknown", "total"] %}
        {{ sex }}_value,
        {{ sex }}_status,
        {{ sex }}_numerator,
        {{ sex }}_denominator,
        {{ sex }}_person_count,
    {%- endfor %}
    women_value - men_value as difference,
    women_value_with_unknown - men_value as difference_if_unknown_are_women,
    women_value - men_value_with_unknown as difference_if_unknown_are_men,
    case when men_value <> 0 then women_value / men_value end as ratio,
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
    is_break,
    -- What is measured in another way is not changed by what people do, nor is a year
    -- by what has not come of it.
    case
        when not is_break and is_whole and lag(is_whole) over series
        then women_value - men_value - lag(women_value - men_value) over series
    end as difference_change,
    case
        when women_value is null or men_value is null
        then 'not_comparable'
        when {{ is_above("women_value", "men_value") }}
        then 'women_higher'
        when {{ is_above("men_value", "women_value") }}
        then 'men_higher'
        else 'equal'
    end as verdict
from with_bounds
window
    series as (
        partition by {{ gap_key() | reject("equalto", "period_start") | join(", ") }}
        order by period_start
    )
