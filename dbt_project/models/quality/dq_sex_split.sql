with

    {# What is owed, from the registry; what is there, from the marts. -#}
    owed as (
        select distinct {{ gap_key() | join(", ") }} from {{ ref("indicator_grid") }}
    ),

    -- What is about no person owes no split; dq_individual_claims judges whether that
    -- is true.
    indicator as (select * from {{ ref("dim_indicator") }} where is_individual_based),

    expired_waiver as (
        select indicator_id, area_code, max(until) as until
        from {{ ref("waivers") }}
        group by 1, 2
    ),

    present as (
        select
            {{ gap_key() | join(", ") }}
            {%- for sex in ["women", "men", "total"] %}
                ,
                count(*) filter (where sex = '{{ sex }}') as {{ sex }}_row_count,
                max(status) filter (where sex = '{{ sex }}') as {{ sex }}_status,
                max(person_count) filter (
                    where sex = '{{ sex }}'
                ) as {{ sex }}_person_count,
                max(numerator) filter (where sex = '{{ sex }}') as {{ sex }}_numerator,
                max(denominator) filter (
                    where sex = '{{ sex }}'
                ) as {{ sex }}_denominator
            {%- endfor %},
            max(person_count) filter (where sex = 'unknown') as unknown_person_count
        from {{ ref("mart_indicator") }}
        group by {{ gap_key() | join(", ") }}
    ),

    compared as (
        select
            {% for column in gap_key() %} owed.{{ column }}, {% endfor %}
            coalesce(present.women_row_count, 0) as women_row_count,
            coalesce(present.men_row_count, 0) as men_row_count,
            present.women_status,
            present.men_status,
            present.total_status,
            present.women_person_count,
            present.men_person_count,
            present.total_person_count,
            present.unknown_person_count,
            present.total_numerator,
            present.women_numerator,
            present.men_numerator,
            present.women_denominator,
            present.men_denominator,
            present.total_denominator,
            indicator.denominator_fact is not null as has_denominator,
            indicator.compares_sexes,
            expired_waiver.until as waived_until
        from owed
        inner join indicator on owed.indicator_id = indicator.indicator_id
        left join
            present
            on {% for column in gap_key() -%}
                owed.{{ column }} = present.{{ column }}
                {%- if not loop.last %} and {% endif -%}
            {%- endfor %}
        left join
            expired_waiver
            on owed.indicator_id = expired_waiver.indicator_id
            and expired_waiver.area_code in (owed.area_code, 'all')
            and expired_waiver.until < owed.period_start
    )

select
    {{ gap_key() | join(", ") }},
    women_row_count,
    men_row_count,
    women_status,
    men_status,
    total_status,
    -- A waiver is for a split that is missing, not for a row that is.
    women_row_count = 1
    and men_row_count = 1
    and women_status = 'waived'
    and men_status = 'waived' as is_waived,
    case
        when women_row_count <> 1
        then 'no row for women'
        when men_row_count <> 1
        then 'no row for men'
        when
            total_status
            in ('value', 'zero', 'partial', 'not_yet_followed', 'no_denominator')
            and 'not_collected' in (women_status, men_status)
        then
            case
                when waived_until is null
                then 'total without women and men'
                else 'the waiver has expired'
            end
        -- What compares women and men has one value, of persons that are split.
        when
            compares_sexes
            and total_numerator is not null
            and (women_person_count = 0 or men_person_count = 0)
        then 'women and men are compared without one of them'
        when
            compares_sexes
            and women_person_count + men_person_count + unknown_person_count
            <> total_person_count
        then 'the persons compared do not add up to the total'
        when
            has_denominator
            and total_denominator > 0
            and total_status in ('value', 'zero', 'partial')
            and (women_denominator is null or men_denominator is null)
        then 'denominator without women and men'
        when
            has_denominator
            and total_denominator > 0
            and women_denominator = total_denominator
            and men_denominator = total_denominator
        then 'denominator is the total for both sexes'
    end as violation
from compared
