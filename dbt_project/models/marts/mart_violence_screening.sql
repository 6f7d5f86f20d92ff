with

    -- The quarters owed, and how many of their months have come.
    quarter as (
        select
            area_level,
            area_code,
            {{ period_start("period_start", "quarter") }} as quarter_start,
            {{ status_of_months("sum(collected_month_count)", "sum(month_count)") }}
            as month_status,
            case
                when min(months_known_after) >= {{ var("final_after_months") }}
                then 'final'
                else 'preliminary'
            end as release_status
        from {{ ref("indicator_collection") }}
        where fact = 'screening' and period_grain = 'month'
        group by 1, 2, 3
    ),

    -- However often somebody was asked in a quarter, they are one person asked.
    counted as (
        select
            area_level,
            area_code,
            cast(category as date) as quarter_start,
            sex,
            {%- for count, indicator_id, column in [
                (
                    "client",
                    "violence_question_share",
                    "denominator_person_count",
                ),
                (
                    "asked",
                    "violence_question_share",
                    "numerator_person_count",
                ),
                ("exposed", "exposed_of_asked_share", "numerator"),
                ("perpetrator", "perpetrators_of_asked_share", "numerator"),
            ] %}
                cast(
                    max({{ column }}) filter (
                        where indicator_id = '{{ indicator_id }}'
                    ) as bigint
                ) as {{ count }}_count
                {%- if not loop.last %}, {% endif -%}
            {%- endfor %}
        from {{ ref("needs_and_violence") }}
        where category_axis = 'quarter_start'
        group by 1, 2, 3, 4
    ),

    cell as (
        select
            quarter.*,
            sex.sex,
            sex.label_sv as sex_label_sv,
            sex.label_en as sex_label_en
            {%- for count in ["client", "asked", "exposed", "perpetrator"] %}
                ,
                case
                    when quarter.month_status <> 'not_collected'
                    then coalesce(counted.{{ count }}_count, 0)
                end as {{ count }}_count
            {%- endfor %}
        from quarter
        cross join {{ ref("dim_sex") }} as sex
        left join
            counted
            on quarter.area_level = counted.area_level
            and quarter.area_code = counted.area_code
            and quarter.quarter_start = counted.quarter_start
            and sex.sex = counted.sex
    ),

    with_shares as (
        select
            *
            {%- for share, count, base in [
                ("asked", "asked", "client"),
                ("exposed", "exposed", "asked"),
                ("perpetrator", "perpetrator", "asked"),
                ("detected", "exposed", "client"),
            ] %}
                ,
                cast({{ count }}_count as double)
                / nullif({{ base }}_count, 0) as {{ share }}_share
            {%- endfor %}
        from cell
    ),

    with_year_before as (
        select
            *
            {%- for share in ["asked", "exposed", "detected"] %}
                ,
                lag({{ share }}_share, 4) over (
                    partition by area_level, area_code, sex order by quarter_start
                ) as {{ share }}_share_before
            {%- endfor %}
        from with_shares
    )

select
    cell.area_level,
    cell.area_code,
    area.area_name,
    cell.quarter_start as period_start,
    cast(extract(year from cell.quarter_start) as integer) as year,
    cast(extract(quarter from cell.quarter_start) as integer) as quarter,
    cell.sex,
    cell.sex_label_sv,
    cell.sex_label_en,
    cell.client_count,
    cell.asked_count,
    cell.exposed_count,
    cell.perpetrator_count,
    100 * cell.asked_share as screening_percent,
    100 * cell.exposed_share as exposed_of_asked_percent,
    100 * cell.perpetrator_share as perpetrators_of_asked_percent,
    100 * cell.detected_share as detected_percent,
    100 * (cell.detected_share - cell.detected_share_before) as detected_change,
    -- What is detected is the screening rate times the prevalence: each change at the
    -- mean of the other, so that the two add up.
    100
    * (cell.asked_share - cell.asked_share_before)
    * (cell.exposed_share + cell.exposed_share_before)
    / 2 as detected_change_by_screening,
    100
    * (cell.exposed_share - cell.exposed_share_before)
    * (cell.asked_share + cell.asked_share_before)
    / 2 as detected_change_by_prevalence,
    case
        when cell.month_status = 'value' and cell.client_count = 0
        then 'no_denominator'
        else cell.month_status
    end as status,
    cell.release_status
from with_year_before as cell
inner join {{ ref("dim_area") }} as area on cell.area_code = area.area_code
