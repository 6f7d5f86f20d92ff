with

    year as (
        select area_level, area_code, period_start, month_count, collected_month_count
        from {{ ref("indicator_collection") }}
        where fact = 'client_year' and period_grain = 'year'
    ),

    category as (select * from {{ ref("dim_category") }}),

    sex as (select code, label_sv, label_en from category where axis = 'sex'),

    problem_area as (
        select code, label_sv, label_en from category where axis = 'problem_area'
    ),

    -- Every problem area by itself, and every two of them once.
    combination as (
        select
            first_area.code as problem_area,
            first_area.label_sv as problem_area_label_sv,
            first_area.label_en as problem_area_label_en,
            other_area.code as other_problem_area,
            other_area.label_sv as other_problem_area_label_sv,
            other_area.label_en as other_problem_area_label_en
        from problem_area as first_area
        inner join problem_area as other_area on first_area.code < other_area.code
        union all
        select code, label_sv, label_en, 'total', 'Totalt', 'Total'
        from problem_area
    ),

    area as ({{ area_names() }}),

    need as (select * from {{ ref("fct_client_need") }} where is_adult),

    client as (select * from {{ ref("fct_client_year") }} where is_adult),

    -- Both in one municipality: one does not see needs in another.
    client_combination as (
        select
            municipality_code,
            year_start as period_start,
            sex,
            person_key,
            problem_area,
            'total' as other_problem_area
        from need
        union all
        select
            first_need.municipality_code,
            first_need.year_start,
            first_need.sex,
            first_need.person_key,
            first_need.problem_area,
            other_need.problem_area
        from need as first_need
        inner join
            need as other_need
            on first_need.municipality_code = other_need.municipality_code
            and first_need.year_start = other_need.year_start
            and first_need.person_key = other_need.person_key
            and first_need.problem_area < other_need.problem_area
    ),

    combination_at_level as ({{ at_each_level("client_combination") }}),

    client_at_level as ({{ at_each_level("client") }}),

    -- A person once per area, whatever the municipalities.
    person_combination as (
        select distinct
            area_level,
            area_code,
            period_start,
            sex,
            person_key,
            problem_area,
            other_problem_area
        from combination_at_level
    ),

    person as (
        select
            area_level,
            area_code,
            year_start as period_start,
            sex,
            person_key,
            max(problem_area_count) as problem_area_count
        from client_at_level
        group by 1, 2, 3, 4, 5
    ),

    counted_client as (
        select
            area_level,
            area_code,
            period_start,
            case when grouping(sex) = 1 then 'total' else sex end as sex,
            count(*) as client_count,
            count(*) filter (where problem_area_count >= 2) as multiproblem_count,
            count(*) filter (where problem_area_count >= 3) as three_or_more_area_count
        from person
        group by
            grouping sets (
                (area_level, area_code, period_start, sex),
                (area_level, area_code, period_start)
            )
    ),

    counted_combination as (
        select
            area_level,
            area_code,
            period_start,
            case when grouping(sex) = 1 then 'total' else sex end as sex,
            problem_area,
            other_problem_area,
            count(*) as both_count
        from person_combination
        group by
            grouping sets (
                (
                    area_level,
                    area_code,
                    period_start,
                    sex,
                    problem_area,
                    other_problem_area
                ),
                (area_level, area_code, period_start, problem_area, other_problem_area)
            )
    ),

    cell as (
        select
            year.*,
            sex.code as sex,
            sex.label_sv as sex_label_sv,
            sex.label_en as sex_label_en,
            combination.*
            {%- for column in ["client", "multiproblem", "three_or_more_area"] %}
                ,
                case
                    when year.collected_month_count > 0
                    then coalesce(counted_client.{{ column }}_count, 0)
                end as {{ column }}_count
            {%- endfor %},
            case
                when year.collected_month_count > 0
                then coalesce(counted_combination.both_count, 0)
            end as both_count
        from year
        cross join sex
        cross join combination
        left join
            counted_client
            on year.area_level = counted_client.area_level
            and year.area_code = counted_client.area_code
            and year.period_start = counted_client.period_start
            and sex.code = counted_client.sex
        left join
            counted_combination
            on year.area_level = counted_combination.area_level
            and year.area_code = counted_combination.area_code
            and year.period_start = counted_combination.period_start
            and sex.code = counted_combination.sex
            and combination.problem_area = counted_combination.problem_area
            and combination.other_problem_area = counted_combination.other_problem_area
    ),

    with_parts as (
        select
            cell.*,
            first_part.both_count as first_count,
            other_part.both_count as other_count
        from cell
        left join
            cell as first_part
            on cell.area_level = first_part.area_level
            and cell.area_code = first_part.area_code
            and cell.period_start = first_part.period_start
            and cell.sex = first_part.sex
            and cell.other_problem_area <> 'total'
            and cell.problem_area = first_part.problem_area
            and first_part.other_problem_area = 'total'
        left join
            cell as other_part
            on cell.area_level = other_part.area_level
            and cell.area_code = other_part.area_code
            and cell.period_start = other_part.period_start
            and cell.sex = other_part.sex
            and cell.other_problem_area = other_part.problem_area
            and other_part.other_problem_area = 'total'
    )

select
    cell.area_level,
    cell.area_code,
    area.area_name,
    cell.period_start,
    cast(extract(year from cell.period_start) as integer) as year,
    cell.sex,
    cell.sex_label_sv,
    cell.sex_label_en,
    cell.problem_area,
    cell.problem_area_label_sv,
    cell.problem_area_label_en,
    cell.other_problem_area,
    cell.other_problem_area_label_sv,
    cell.other_problem_area_label_en,
    cell.both_count,
    case
        when cell.client_count > 0
        then cast(cell.both_count as double) / cell.client_count
    end as both_share,
    case
        when cell.client_count > 0
        then
            cast(cell.first_count * cell.other_count as double)
            / (cell.client_count * cell.client_count)
    end as expected_share,
    case
        when cell.first_count * cell.other_count > 0
        then
            cast(cell.both_count * cell.client_count as double)
            / (cell.first_count * cell.other_count)
    end as lift,
    cell.client_count,
    cell.multiproblem_count,
    cell.three_or_more_area_count,
    case
        when cell.client_count > 0
        then cast(cell.multiproblem_count as double) / cell.client_count
    end as multiproblem_share,
    case
        when cell.collected_month_count = 0
        then 'not_collected'
        when cell.collected_month_count < cell.month_count
        then 'partial'
        when cell.client_count = 0
        then 'no_denominator'
        else 'value'
    end as status
from with_parts as cell
inner join area on cell.area_code = area.area_code
