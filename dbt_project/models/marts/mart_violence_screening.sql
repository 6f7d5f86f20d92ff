with

    -- The quarters owed, and how many of their months have come.
    quarter as (
        select
            area_level,
            area_code,
            {{ period_start("period_start", "quarter") }} as period_start,
            sum(month_count) as month_count,
            sum(collected_month_count) as collected_month_count
        from {{ ref("indicator_collection") }}
        where fact = 'screening' and period_grain = 'month'
        group by 1, 2, 3
    ),

    sex as (
        select code, label_sv, label_en
        from {{ ref("dim_category") }}
        where axis = 'sex'
    ),

    area as ({{ area_names() }}),

    occasion as ({{ at_each_level(ref("fct_screening")) }}),

    -- However often somebody was asked in a quarter, they are one person asked.
    client as (
        select
            area_level,
            area_code,
            {{ period_start("screening_date", "quarter") }} as period_start,
            sex,
            person_key,
            count(*) filter (where is_asked) > 0 as is_asked,
            count(*) filter (where is_asked and is_exposed) > 0 as is_exposed,
            count(*) filter (where is_asked and is_perpetrator) > 0 as is_perpetrator
        from occasion
        where is_adult
        group by 1, 2, 3, 4, 5
    ),

    counted as (
        select
            area_level,
            area_code,
            period_start,
            case when grouping(sex) = 1 then 'total' else sex end as sex,
            count(*) as client_count,
            count(*) filter (where is_asked) as asked_count,
            count(*) filter (where is_exposed) as exposed_count,
            count(*) filter (where is_perpetrator) as perpetrator_count
        from client
        group by
            grouping sets (
                (area_level, area_code, period_start, sex),
                (area_level, area_code, period_start)
            )
    ),

    cell as (
        select
            quarter.area_level,
            quarter.area_code,
            quarter.period_start,
            sex.code as sex,
            sex.label_sv as sex_label_sv,
            sex.label_en as sex_label_en,
            quarter.month_count,
            quarter.collected_month_count
            {%- for column in ["client", "asked", "exposed", "perpetrator"] %}
                ,
                case
                    when quarter.collected_month_count > 0
                    then coalesce(counted.{{ column }}_count, 0)
                end as {{ column }}_count
            {%- endfor %}
        from quarter
        cross join sex
        left join
            counted
            on quarter.area_level = counted.area_level
            and quarter.area_code = counted.area_code
            and quarter.period_start = counted.period_start
            and sex.code = counted.sex
    ),

    with_shares as (
        select
            *,
            case
                when client_count > 0 then cast(asked_count as double) / client_count
            end as asked_share,
            case
                when asked_count > 0 then cast(exposed_count as double) / asked_count
            end as exposed_share,
            case
                when asked_count > 0
                then cast(perpetrator_count as double) / asked_count
            end as perpetrator_share,
            case
                when client_count > 0 then cast(exposed_count as double) / client_count
            end as detected_share
        from cell
    ),

    with_year_before as (
        select
            *
            {%- for share in ["asked", "exposed", "detected"] %}
                ,
                lag({{ share }}_share, 4) over (
                    partition by area_level, area_code, sex order by period_start
                ) as {{ share }}_share_before
            {%- endfor %}
        from with_shares
    )

select
    cell.area_level,
    cell.area_code,
    area.area_name,
    cell.period_start,
    cast(extract(year from cell.period_start) as integer) as year,
    cast(extract(quarter from cell.period_start) as integer) as quarter,
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
        when cell.collected_month_count = 0
        then 'not_collected'
        when cell.collected_month_count < cell.month_count
        then 'partial'
        when cell.client_count = 0
        then 'no_denominator'
        else 'value'
    end as status
from with_year_before as cell
inner join area on cell.area_code = area.area_code
