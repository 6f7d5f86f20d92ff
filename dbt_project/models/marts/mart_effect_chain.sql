{#- Below so many persons of a sex nothing is said of a change. -#}
{%- set minimum_persons = 30 -%}

with

    improvement as (select * from {{ ref("fct_improvement") }}),

    target as (select * from {{ ref("fct_target") }}),

    indicator as (select * from {{ ref("dim_indicator") }}),

    category as (select * from {{ ref("dim_category") }}),

    sex_label as ({{ sex_labels() }}),

    -- An indicator that is told by month alone has no year to stand beside; one that
    -- is not about persons has nothing to say of women and men.
    yearly as (
        select
            cell.area_code,
            cell.indicator_id,
            cell.sex,
            cell.year,
            cell.value,
            cell.status,
            cell.person_count,
            cell.is_break,
            cell.release_status
        from {{ ref("mart_indicator") }} as cell
        inner join indicator on cell.indicator_id = indicator.indicator_id
        where
            indicator.is_individual_based
            and cell.area_level = 'municipality'
            and cell.period_grain = 'year'
            and cell.age_band = 'total'
            and cell.birth_region = 'total'
            and cell.category_axis = 'total'
            and cell.value is not null
    ),

    described as (
        select
            improvement.*,
            cast(
                extract(year from improvement.start_date) - 1 as integer
            ) as baseline_year,
            indicator.indicator_id is not null as is_known,
            indicator.is_individual_based,
            indicator.name_sv as indicator_name_sv,
            indicator.name_en as indicator_name_en,
            indicator.unit,
            indicator.better,
            sex_label.sex as figure_sex,
            sex_label.label_sv as sex_label_sv,
            sex_label.label_en as sex_label_en
        from improvement
        left join indicator on improvement.indicator_id = indicator.indicator_id
        inner join
            sex_label
            on {{ is_about_children("indicator.ages") }} = sex_label.is_children
            and sex_label.sex <> 'unknown'
    ),

    since_start as (
        select
            described.municipality_code,
            described.improvement_id,
            described.figure_sex,
            yearly.year,
            yearly.value,
            yearly.status,
            yearly.person_count,
            yearly.release_status,
            max(case when yearly.is_break then 1 else 0 end) over (
                partition by
                    described.municipality_code,
                    described.improvement_id,
                    described.figure_sex
            ) as break_count
        from described
        inner join
            yearly
            on described.municipality_code = yearly.area_code
            and described.indicator_id = yearly.indicator_id
            and described.figure_sex = yearly.sex
            and yearly.year > described.baseline_year
    ),

    latest as (
        select *
        from since_start
        qualify
            row_number() over (
                partition by municipality_code, improvement_id, figure_sex
                order by year desc
            )
            = 1
    ),

    -- The target of the year nearest to the latest figure that has not passed; else
    -- the last one.
    target_of_improvement as (
        select
            described.municipality_code,
            described.improvement_id,
            described.figure_sex,
            target.year,
            target.target_value,
            target.steering_document,
            target.diary_number
        from described
        inner join
            target
            on described.municipality_code = target.municipality_code
            and described.indicator_id = target.indicator_id
            and described.figure_sex = target.sex
        left join
            latest
            on described.municipality_code = latest.municipality_code
            and described.improvement_id = latest.improvement_id
            and described.figure_sex = latest.figure_sex
        qualify
            row_number() over (
                partition by
                    described.municipality_code,
                    described.improvement_id,
                    described.figure_sex
                order by
                    case when target.year >= coalesce(latest.year, 0) then 0 else 1 end,
                    abs(target.year - coalesce(latest.year, 0))
            )
            = 1
    ),

    compared as (
        select
            described.*,
            case
                when described.indicator_id is null
                then 'no_indicator'
                when not described.is_known
                then 'unknown_indicator'
                when not described.is_individual_based
                then 'not_split'
                when baseline.value is null or latest.value is null
                then 'no_figures'
                when
                    baseline.person_count < {{ minimum_persons }}
                    or latest.person_count < {{ minimum_persons }}
                then 'too_few'
                else 'shown'
            end as evidence_status,
            baseline.value as baseline_value,
            baseline.status as baseline_status,
            latest.year as latest_year,
            latest.value as latest_value,
            latest.status as latest_status,
            latest.release_status as latest_release_status,
            baseline.person_count as baseline_person_count,
            latest.person_count as latest_person_count,
            coalesce(latest.break_count > 0, false) as has_break,
            latest.value - baseline.value as change,
            target.year as target_year,
            cast(target.target_value as double) as target_value,
            target.steering_document as target_steering_document,
            target.diary_number as target_diary_number,
            latest.value - target.target_value as distance_to_target,
            case
                described.better
                when 'higher'
                then not ({{ is_above("target.target_value", "latest.value") }})
                when 'lower'
                then not ({{ is_above("latest.value", "target.target_value") }})
            end as is_target_reached,
            step.label_sv as effect_step_label_sv,
            step.label_en as effect_step_label_en,
            step.position as effect_step_position,
            improvement_type.label_sv as improvement_type_label_sv,
            improvement_type.label_en as improvement_type_label_en,
            unit.label_sv as unit_label_sv,
            unit.label_en as unit_label_en
        from described
        inner join
            category as step
            on step.axis = 'effect_step'
            and described.effect_step = step.code
        inner join
            category as improvement_type
            on improvement_type.axis = 'improvement_type'
            and described.improvement_type = improvement_type.code
        left join category as unit on unit.axis = 'unit' and described.unit = unit.code
        left join
            yearly as baseline
            on described.municipality_code = baseline.area_code
            and described.indicator_id = baseline.indicator_id
            and described.figure_sex = baseline.sex
            and described.baseline_year = baseline.year
        left join
            latest
            on described.municipality_code = latest.municipality_code
            and described.improvement_id = latest.improvement_id
            and described.figure_sex = latest.figure_sex
        left join
            target_of_improvement as target
            on described.municipality_code = target.municipality_code
            and described.improvement_id = target.improvement_id
            and described.figure_sex = target.figure_sex
    )

select
    compared.municipality_code,
    municipality.municipality_name,
    compared.improvement_id,
    compared.figure_sex as sex,
    compared.sex_label_sv,
    compared.sex_label_en,
    compared.title,
    compared.district_code,
    compared.effect_step,
    compared.effect_step_label_sv,
    compared.effect_step_label_en,
    compared.effect_step_position,
    compared.improvement_type,
    compared.improvement_type_label_sv,
    compared.improvement_type_label_en,
    compared.service_area,
    compared.improvement_method,
    compared.target_group,
    compared.owner_role,
    compared.start_date,
    compared.end_date,
    compared.steering_document,
    compared.diary_number,
    compared.has_question,
    compared.has_lessons,
    compared.has_citizen_difference,
    compared.has_action_plan,
    compared.is_resources_moved,
    compared.is_example,
    compared.indicator_id,
    compared.indicator_name_sv,
    compared.indicator_name_en,
    compared.unit,
    compared.better,
    compared.evidence_status,
    compared.baseline_year,
    compared.baseline_value,
    compared.baseline_status,
    compared.latest_year,
    compared.latest_value,
    compared.latest_status,
    compared.latest_release_status,
    compared.baseline_person_count,
    compared.latest_person_count,
    compared.has_break,
    compared.change,
    compared.target_year,
    compared.target_value,
    compared.target_steering_document,
    compared.target_diary_number,
    compared.distance_to_target,
    compared.is_target_reached,
    {{ effect_sentence("sv") }} as sentence_sv,
    {{ effect_sentence("en") }} as sentence_en
from compared
inner join
    {{ ref("dim_municipality") }} as municipality
    on compared.municipality_code = municipality.municipality_code
