with

    year as (
        select area_level, area_code, period_start, month_count, collected_month_count
        from {{ ref("indicator_collection") }}
        where fact = 'course_choice' and period_grain = 'year'
    ),

    instrument as (
        select code, label_sv, label_en
        from {{ ref("dim_category") }}
        where axis = 'instrument'
        union all
        select 'total', 'Totalt', 'Total'
    ),

    area as ({{ area_names() }}),

    choice as ({{ at_each_level(ref("fct_course_choice")) }}),

    -- Of several courses a pupil stands in each, and once in the total.
    counted as (
        select
            area_level,
            area_code,
            {{ period_start("start_date", "year") }} as period_start,
            case
                when grouping(instrument) = 1 then 'total' else instrument
            end as instrument,
            count(distinct person_key) filter (where sex = 'women') as girl_count,
            count(distinct person_key) filter (where sex = 'men') as boy_count,
            count(distinct person_key) filter (where sex = 'unknown') as unknown_count,
            count(distinct person_key) as pupil_count
        from choice
        where not is_adult
        group by
            grouping sets (
                (
                    area_level,
                    area_code,
                    {{ period_start("start_date", "year") }},
                    instrument
                ),
                (area_level, area_code, {{ period_start("start_date", "year") }})
            )
    ),

    cell as (
        select
            year.*,
            instrument.code as instrument,
            instrument.label_sv as instrument_label_sv,
            instrument.label_en as instrument_label_en
            {%- for pupils in ["girl", "boy", "unknown", "pupil"] %}
                ,
                case
                    when year.collected_month_count > 0
                    then coalesce(counted.{{ pupils }}_count, 0)
                end as {{ pupils }}_count
            {%- endfor %}
        from year
        cross join instrument
        left join
            counted
            on year.area_level = counted.area_level
            and year.area_code = counted.area_code
            and year.period_start = counted.period_start
            and instrument.code = counted.instrument
    )

select
    cell.area_level,
    cell.area_code,
    area.area_name,
    cast(extract(year from cell.period_start) as integer) as year,
    cell.instrument,
    cell.instrument_label_sv,
    cell.instrument_label_en,
    cell.girl_count,
    cell.boy_count,
    cell.unknown_count,
    cell.pupil_count,
    case
        when cell.girl_count + cell.boy_count > 0
        then 100 * cast(cell.girl_count as double) / (cell.girl_count + cell.boy_count)
    end as girl_percent,
    {{ is_balanced("cell.girl_count", "cell.boy_count") }} as is_balanced
    {%- for pupils in ["girl", "boy", "pupil"] %}
        ,
        cast(
            5 * round(cast(cell.{{ pupils }}_count as decimal(18, 2)) / 5) as bigint
        ) as {{ pupils }}_count_rounded
    {%- endfor %},
    case
        when cell.collected_month_count = 0
        then 'not_collected'
        when cell.collected_month_count < cell.month_count
        then 'partial'
        when cell.pupil_count = 0
        then 'zero'
        else 'value'
    end as status
from cell
inner join area on cell.area_code = area.area_code
