{%- set key = [
    "indicator_id",
    "area_level",
    "area_code",
    "period_start",
    "period_grain",
    "sex",
] -%}
{%- set is_known = "status in ('value', 'zero')" -%}

with

    current_figure as (
        select *, {{ is_known }} as is_known
        from {{ ref("mart_indicator") }}
        where age_band = 'total' and birth_region = 'total' and category_axis = 'total'
    ),

    -- Of the earlier states those that the night wants; others are an as-of night's.
    known_figure as (
        select figure.*
        from vintages.history.figure as figure
        inner join
            vintages.history.cut_off as cut_off
            on figure.cut_off_date = cut_off.cut_off_date
        where figure.{{ is_known }}
    ),

    first_known as (
        select
            *,
            count(*) over (partition by {{ key | join(", ") }}) as vintage_count,
            min(cut_off_date) over () as oldest_date
        from known_figure
        qualify
            row_number() over (
                partition by {{ key | join(", ") }} order by cut_off_date
            )
            = 1
    ),

    first_final as (
        select *
        from known_figure
        where release_status = 'final'
        qualify
            row_number() over (
                partition by {{ key | join(", ") }} order by cut_off_date
            )
            = 1
    ),

    side_by_side as (
        select
            current_figure.*,
            coalesce(first_known.vintage_count, 0) as vintage_count,
            first_known.cut_off_date as first_known_date,
            first_known.cut_off_date
            = first_known.oldest_date as may_have_been_known_before,
            first_known.numerator as first_numerator,
            first_known.denominator as first_denominator,
            first_known.value as first_value,
            first_known.release_status as first_release_status,
            first_final.cut_off_date as first_final_date,
            case
                when not current_figure.is_known and first_known.cut_off_date is null
                then 'not_known'
                when not current_figure.is_known
                then 'withdrawn'
                when first_known.cut_off_date is null
                then 'new'
                when
                    current_figure.numerator is not distinct from first_known.numerator
                    and current_figure.denominator
                    is not distinct from first_known.denominator
                then 'unchanged'
                else 'revised'
            end as revision_status,
            first_final.cut_off_date is not null
            and (
                not current_figure.is_known
                or current_figure.numerator is distinct from first_final.numerator
                or current_figure.denominator is distinct from first_final.denominator
            ) as has_final_changed,
            case
                when current_figure.is_known and current_figure.numerator <> 0
                then
                    cast(first_known.numerator as double)
                    / cast(current_figure.numerator as double)
            end as run_off_ratio
        from current_figure
        left join
            first_known
            on {% for column in key -%}
                current_figure.{{ column }} = first_known.{{ column }}
                {%- if not loop.last %} and {% endif -%}
            {%- endfor %}
        left join
            first_final
            on {% for column in key -%}
                current_figure.{{ column }} = first_final.{{ column }}
                {%- if not loop.last %} and {% endif -%}
            {%- endfor %}
    )

select
    {{ key | join(", ") }},
    service_area,
    indicator_name_sv,
    indicator_name_en,
    unit,
    area_name,
    year,
    sex_label_sv,
    sex_label_en,
    vintage_count,
    first_known_date,
    {{
        days_between(
            "case when period_grain= 'year' then "
            ~ period_end("period_start", "year")
            ~ " else "
            ~ period_end("period_start", "month")
            ~ " end",
            "first_known_date",
        )
    }} as first_known_days,
    may_have_been_known_before,
    first_numerator,
    first_denominator,
    first_value,
    first_release_status,
    numerator,
    denominator,
    value,
    status,
    release_status,
    revision_status,
    case when is_known then numerator - first_numerator end as numerator_revision,
    case when is_known then value - first_value end as revision,
    case
        when is_known and first_value <> 0
        then 100 * (value - first_value) / first_value
    end as revision_percent,
    run_off_ratio,
    -- Beside each sex what was known of all: does one sex's part come later?
    max(case when sex = 'total' then run_off_ratio end) over (
        partition by {{ key | reject("equalto", "sex") | join(", ") }}
    ) as total_run_off_ratio,
    first_final_date,
    has_final_changed
from side_by_side
