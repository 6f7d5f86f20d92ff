with

    target as (select * from {{ ref("fct_target") }}),

    indicator as (select * from {{ ref("dim_indicator") }}),

    sex_label as ({{ sex_labels() }}),

    figure as (
        select
            area_code,
            indicator_id,
            sex,
            year,
            value,
            status,
            release_status,
            is_break,
            lag(value) over series as previous_value,
            lag(year) over series as previous_year
        from {{ ref("mart_indicator") }}
        where
            area_level = 'municipality'
            and period_grain = 'year'
            and age_band = 'total'
            and birth_region = 'total'
            and category_axis = 'total'
            and value is not null
        window series as (partition by area_code, indicator_id, sex order by year)
    ),

    -- The latest figure that the year of the target has come to.
    beside as (
        select
            target.*,
            figure.year as latest_year,
            figure.value as latest_value,
            figure.status as latest_status,
            figure.release_status as latest_release_status,
            coalesce(figure.is_break, false) as is_break,
            -- Across a break, or a year without a figure, nothing is said of a change.
            case
                when not figure.is_break and figure.previous_year = figure.year - 1
                then figure.previous_value
            end as previous_value
        from target
        left join
            figure
            on target.municipality_code = figure.area_code
            and target.indicator_id = figure.indicator_id
            and target.sex = figure.sex
            and target.year >= figure.year
        qualify
            row_number() over (
                partition by
                    target.municipality_code,
                    target.indicator_id,
                    target.year,
                    target.sex
                order by figure.year desc nulls last
            )
            = 1
    ),

    compared as (
        select
            beside.*,
            indicator.name_sv as indicator_name_sv,
            indicator.name_en as indicator_name_en,
            indicator.unit,
            indicator.better,
            {{ is_about_children("indicator.ages") }} as is_about_children,
            case
                when indicator.indicator_id is null
                then 'unknown_indicator'
                when not indicator.is_individual_based
                then 'not_split'
                when beside.latest_value is null
                then 'no_figures'
                else 'shown'
            end as evidence_status,
            beside.latest_value - beside.target_value as distance_to_target,
            case
                indicator.better
                when 'higher'
                then not ({{ is_above("beside.target_value", "beside.latest_value") }})
                when 'lower'
                then not ({{ is_above("beside.latest_value", "beside.target_value") }})
            end as is_target_reached,
            beside.latest_value - beside.previous_value as change_since_previous_year,
            case
                when {{ is_same("beside.latest_value", "beside.previous_value") }}
                then 'still'
                when
                    case
                        indicator.better
                        when 'higher'
                        then beside.latest_value > beside.previous_value
                        when 'lower'
                        then beside.latest_value < beside.previous_value
                        else
                            abs(beside.latest_value - beside.target_value)
                            < abs(beside.previous_value - beside.target_value)
                    end
                then 'towards'
                when beside.previous_value is not null
                then 'away'
            end as trend
        from beside
        left join indicator on beside.indicator_id = indicator.indicator_id
    )

select
    compared.municipality_code,
    municipality.municipality_name,
    compared.indicator_id,
    compared.indicator_name_sv,
    compared.indicator_name_en,
    compared.unit,
    compared.better,
    compared.year as target_year,
    compared.sex,
    sex_label.label_sv as sex_label_sv,
    sex_label.label_en as sex_label_en,
    cast(compared.target_value as double) as target_value,
    compared.evidence_status,
    compared.latest_year,
    compared.latest_value,
    compared.latest_status,
    compared.latest_release_status,
    compared.is_break,
    compared.distance_to_target,
    compared.is_target_reached,
    compared.change_since_previous_year,
    compared.trend,
    compared.steering_document,
    compared.diary_number
from compared
inner join
    {{ ref("dim_municipality") }} as municipality
    on compared.municipality_code = municipality.municipality_code
inner join
    sex_label
    on compared.sex = sex_label.sex
    and compared.is_about_children = sex_label.is_children
