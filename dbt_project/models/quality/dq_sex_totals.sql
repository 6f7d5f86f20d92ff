with

    indicator as (select * from {{ ref("dim_indicator") }}),

    side_by_side as (
        select
            {{ gap_key() | join(", ") }}
            {%- for part in ["numerator", "denominator"] %}
                ,
                coalesce(
                    sum({{ part }}) filter (where sex in ('women', 'men', 'unknown')), 0
                ) as parts_{{ part }},
                max({{ part }}) filter (where sex = 'total') as total_{{ part }}
            {%- endfor %},
            count(*) filter (where status = 'waived') > 0 as is_waived
        from {{ ref("fct_indicator") }}
        where status not in ('not_applicable', 'not_collected')
        group by {{ gap_key() | join(", ") }}
    ),

    compared as (
        select
            side_by_side.*,
            indicator.is_individual_based and indicator.is_additive as must_add_up,
            -- Own rows add up exactly; an agency's totals may carry noise (SCB from
            -- 2025).
            case
                when indicator.numerator_kind <> 'published'
                then 0
                else greatest(100, total_numerator / 10)
            end as numerator_tolerance,
            case
                when indicator.base_kind <> 'published'
                then 0
                else greatest(100, total_denominator / 10)
            end as denominator_tolerance
        from side_by_side
        inner join indicator on side_by_side.indicator_id = indicator.indicator_id
    )

select
    {{ gap_key() | join(", ") }},
    parts_numerator,
    total_numerator,
    parts_denominator,
    total_denominator,
    is_waived,
    case
        when not must_add_up
        then null
        when abs(parts_numerator - coalesce(total_numerator, 0)) > numerator_tolerance
        then 'women, men and unknown do not add up to the total'
        when
            abs(parts_denominator - coalesce(total_denominator, 0))
            > denominator_tolerance
        then 'the bases of women, men and unknown do not add up to the total'
    end as violation
from compared
