{#- Below so many endings only counts are shown. -#}
{%- set fewest_endings = var("least_compared_persons") -%}
with

    owed_year as ({{ owed_years("placement_year") }}),

    area as ({{ area_names() }}),

    sex_label as ({{ sex_labels() }}),

    form_label as (
        select code, label_sv, label_en
        from {{ ref("dim_category") }}
        where axis = 'placement_form'
        union all
        select 'none', 'Ingen ny placering', 'No new placement'
    ),

    spell as (
        select *, coalesce(to_date, cast('9999-12-31' as date)) as last_day
        from {{ ref("fct_placement") }}
    ),

    ending as (
        select
            *,
            {{ period_start("to_date", "year") }} as year_start,
            {{ months_after("to_date", 12) }} <= known_until as is_followed
        from spell
        where is_ended
    ),

    -- Only endings of which twelve months are known: else those who return soonest
    -- would be seen first.
    ended as (select * from ending where is_followed),

    area_ending as ({{ at_each_level("ending") }}),

    followed as (
        select area_level, area_code, year_start, min(is_followed) as is_followed
        from area_ending
        group by 1, 2, 3
    ),

    -- The next placement may begin before this one is over, and must outlast it.
    next_spell as (
        select ended.placement_key, next_placement.placement_form as to_form
        from ended
        inner join
            spell as next_placement
            on ended.person_key = next_placement.person_key
            and next_placement.from_date > ended.from_date
            and next_placement.from_date <= {{ months_after("ended.to_date", 12) }}
            and next_placement.last_day > ended.to_date
        qualify
            row_number() over (
                partition by ended.placement_key
                order by next_placement.from_date, next_placement.placement_key
            )
            = 1
    ),

    transition as (
        select
            ended.municipality_code,
            ended.year_start,
            case when ended.is_adult then 'adults' else 'children' end as ages,
            ended.sex,
            ended.placement_form as from_form,
            coalesce(next_spell.to_form, 'none') as to_form,
            ended.day_count
        from ended
        left join next_spell on ended.placement_key = next_spell.placement_key
    ),

    area_transition as ({{ at_each_level("transition") }}),

    counted as (
        select
            area_level,
            area_code,
            year_start,
            ages,
            case when grouping(sex) = 1 then 'total' else sex end as sex,
            from_form,
            to_form,
            count(*) as transition_count,
            sum(day_count) as day_count
        from area_transition
        group by
            grouping sets (
                (area_level, area_code, year_start, ages, from_form, to_form, sex),
                (area_level, area_code, year_start, ages, from_form, to_form)
            )
    ),

    -- A step that anybody took stands for every sex.
    cell as (
        select
            owed_year.area_level,
            owed_year.area_code,
            owed_year.year,
            case
                when owed_year.status = 'value' and not followed.is_followed
                then 'partial'
                else owed_year.status
            end as status,
            case
                when followed.is_followed
                then owed_year.release_status
                else 'preliminary'
            end as release_status,
            counted.ages,
            sex_label.sex,
            sex_label.label_sv as sex_label_sv,
            sex_label.label_en as sex_label_en,
            counted.from_form,
            counted.to_form,
            counted.year_start
        from counted
        inner join
            owed_year
            on counted.area_level = owed_year.area_level
            and counted.area_code = owed_year.area_code
            and counted.year_start = owed_year.year_start
        inner join
            followed
            on counted.area_level = followed.area_level
            and counted.area_code = followed.area_code
            and counted.year_start = followed.year_start
        inner join
            sex_label on {{ is_about_children("counted.ages") }} = sex_label.is_children
        where counted.sex = 'total'
    ),

    filled as (
        select
            cell.*,
            coalesce(counted.transition_count, 0) as transition_count,
            coalesce(counted.day_count, 0) as day_count,
            sum(coalesce(counted.transition_count, 0)) over (
                partition by
                    cell.area_level,
                    cell.area_code,
                    cell.year,
                    cell.ages,
                    cell.sex,
                    cell.from_form
            ) as ending_count
        from cell
        left join
            counted
            on cell.area_level = counted.area_level
            and cell.area_code = counted.area_code
            and cell.year_start = counted.year_start
            and cell.ages = counted.ages
            and cell.sex = counted.sex
            and cell.from_form = counted.from_form
            and cell.to_form = counted.to_form
    )

select
    filled.area_level,
    filled.area_code,
    area.area_name,
    filled.year,
    filled.ages,
    filled.sex,
    filled.sex_label_sv,
    filled.sex_label_en,
    filled.from_form,
    from_label.label_sv as from_form_label_sv,
    from_label.label_en as from_form_label_en,
    filled.to_form,
    to_label.label_sv as to_form_label_sv,
    to_label.label_en as to_form_label_en,
    filled.status,
    filled.release_status,
    cast(filled.transition_count as integer) as transition_count,
    cast(filled.ending_count as integer) as ending_count,
    case
        when filled.ending_count >= {{ fewest_endings }}
        then cast(filled.transition_count as double) / filled.ending_count
    end as transition_share,
    case
        when filled.transition_count > 0
        then cast(filled.day_count as double) / filled.transition_count
    end as days_per_placement
from filled
inner join area on filled.area_code = area.area_code
inner join form_label as from_label on filled.from_form = from_label.code
inner join form_label as to_label on filled.to_form = to_label.code
