with

    cell as (
        select *
        from {{ ref("fct_indicator") }}
        where age_band = 'total' and birth_region = 'total'
    ),

    client as (
        select
            area_level,
            area_code,
            period_start,
            sex,
            cast(
                max(numerator) filter (where indicator_id = 'clients') as bigint
            ) as client_count,
            cast(
                max(numerator) filter (
                    where indicator_id = 'multiproblem_share'
                ) as bigint
            ) as multiproblem_count,
            max(status) filter (where indicator_id = 'clients') as client_status,
            max(release_status) filter (
                where indicator_id = 'clients'
            ) as release_status
        from cell
        where
            category_axis = 'total'
            and indicator_id in ('clients', 'multiproblem_share')
        group by 1, 2, 3, 4
    ),

    three_areas as (
        select *
        from {{ ref("needs_and_violence") }}
        where indicator_id = 'three_problem_areas_share'
    ),

    having_need as (
        select
            area_level,
            area_code,
            period_start,
            sex,
            category as problem_area,
            cast(numerator as bigint) as client_count
        from cell
        where indicator_id = 'clients_with_need' and category_axis = 'problem_area'
    ),

    -- No cell of the registry can ask for two needs of one client. Both in one
    -- municipality: one does not see needs in another.
    need as (select * from {{ ref("fct_client_need") }} where is_adult),

    both_needs as (
        select
            first_need.municipality_code,
            first_need.year_start,
            first_need.sex,
            first_need.person_key,
            first_need.problem_area,
            other_need.problem_area as other_problem_area
        from need as first_need
        inner join
            need as other_need
            on first_need.municipality_code = other_need.municipality_code
            and first_need.year_start = other_need.year_start
            and first_need.person_key = other_need.person_key
            and first_need.problem_area < other_need.problem_area
    ),

    both_needs_at_level as ({{ at_each_level("both_needs") }}),

    -- A person once per area, whatever the municipalities.
    counted as (
        select
            area_level,
            area_code,
            year_start,
            problem_area,
            other_problem_area,
            case when grouping(sex) = 1 then 'total' else sex end as sex,
            count(distinct person_key) as both_count
        from both_needs_at_level
        group by
            grouping sets (
                (
                    area_level,
                    area_code,
                    year_start,
                    problem_area,
                    other_problem_area,
                    sex
                ),
                (area_level, area_code, year_start, problem_area, other_problem_area)
            )
    ),

    combination as (
        select
            first_area.*,
            other_area.problem_area as other_problem_area,
            other_area.client_count as other_count,
            case
                when first_area.client_count is not null
                then coalesce(counted.both_count, 0)
            end as both_count
        from having_need as first_area
        inner join
            having_need as other_area
            on first_area.area_level = other_area.area_level
            and first_area.area_code = other_area.area_code
            and first_area.period_start = other_area.period_start
            and first_area.sex = other_area.sex
            and first_area.problem_area < other_area.problem_area
        left join
            counted
            on first_area.area_level = counted.area_level
            and first_area.area_code = counted.area_code
            and first_area.period_start = counted.year_start
            and first_area.sex = counted.sex
            and first_area.problem_area = counted.problem_area
            and other_area.problem_area = counted.other_problem_area
        union all
        select *, 'total', null, client_count
        from having_need
    ),

    label as (select * from {{ ref("dim_label") }} where axis = 'problem_area')

select
    client.area_level,
    client.area_code,
    area.area_name,
    client.period_start,
    cast(extract(year from client.period_start) as integer) as year,
    client.sex,
    sex.label_sv as sex_label_sv,
    sex.label_en as sex_label_en,
    combination.problem_area,
    first_label.label_sv as problem_area_label_sv,
    first_label.label_en as problem_area_label_en,
    combination.other_problem_area,
    other_label.label_sv as other_problem_area_label_sv,
    other_label.label_en as other_problem_area_label_en,
    combination.both_count,
    cast(combination.both_count as double)
    / nullif(client.client_count, 0) as both_share,
    cast(combination.client_count * combination.other_count as double)
    / nullif(client.client_count * client.client_count, 0) as expected_share,
    cast(combination.both_count * client.client_count as double)
    / nullif(combination.client_count * combination.other_count, 0) as lift,
    client.client_count,
    client.multiproblem_count,
    case
        when client.client_count is not null
        then cast(coalesce(three_areas.numerator, 0) as bigint)
    end as three_or_more_area_count,
    cast(client.multiproblem_count as double)
    / nullif(client.client_count, 0) as multiproblem_share,
    case
        when client.client_status = 'zero'
        then 'no_denominator'
        else client.client_status
    end as status,
    client.release_status
from client
inner join
    combination
    on client.area_level = combination.area_level
    and client.area_code = combination.area_code
    and client.period_start = combination.period_start
    and client.sex = combination.sex
left join
    three_areas
    on client.area_level = three_areas.area_level
    and client.area_code = three_areas.area_code
    and client.period_start = three_areas.period_start
    and client.sex = three_areas.sex
inner join {{ ref("dim_area") }} as area on client.area_code = area.area_code
inner join {{ ref("dim_sex") }} as sex on client.sex = sex.sex
inner join label as first_label on combination.problem_area = first_label.code
inner join label as other_label on combination.other_problem_area = other_label.code
