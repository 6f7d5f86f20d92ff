with

    reference as (
        select
            'cemr_article' as reference_kind,
            article as number,
            title_sv,
            title_en,
            service_area as main_service_area,
            is_supplementary
        from {{ ref("cemr_articles") }}
        union all
        select 'national_goal', goal, title_sv, title_en, cast(null as varchar), false
        from {{ ref("national_goals") }}
    ),

    category as (select * from {{ ref("dim_category") }}),

    service_area as (
        select code as service_area, label_sv, label_en
        from category
        where axis = 'service_area'
    ),

    indicator as (select * from {{ ref("dim_indicator") }}),

    -- What was split for some area and year has shown that it can be.
    seen as (
        select
            indicator_id,
            max(case when split_status = 'split' then 1 else 0 end) as is_split,
            max(case when split_status = 'waived' then 1 else 0 end) as is_waived
        from {{ ref("indicator_split") }}
        group by indicator_id
    ),

    tagged as (
        select
            tag.reference_kind,
            tag.reference,
            indicator.service_area,
            case
                when not indicator.is_individual_based
                then 'not_about_persons'
                when seen.is_waived = 1
                then 'waived'
                when seen.is_split = 1
                then 'split'
                else 'no_figures'
            end as split_status
        from {{ ref("indicator_reference") }} as tag
        inner join indicator on tag.indicator_id = indicator.indicator_id
        left join seen on tag.indicator_id = seen.indicator_id
    ),

    counted as (
        select
            reference_kind,
            reference,
            service_area,
            count(*) as indicator_count,
            sum(case when split_status = 'split' then 1 else 0 end) as split_count,
            sum(case when split_status = 'waived' then 1 else 0 end) as waived_count,
            sum(
                case when split_status = 'not_about_persons' then 1 else 0 end
            ) as not_about_persons_count,
            sum(
                case when split_status = 'no_figures' then 1 else 0 end
            ) as no_figures_count
        from tagged
        group by reference_kind, reference, service_area
    )

select
    reference.reference_kind,
    reference.number,
    reference.title_sv,
    reference.title_en,
    reference.is_supplementary,
    service_area.service_area,
    service_area.label_sv as service_area_label_sv,
    service_area.label_en as service_area_label_en,
    coalesce(
        service_area.service_area = reference.main_service_area, false
    ) as is_main_service_area,
    cast(coalesce(counted.indicator_count, 0) as integer) as indicator_count,
    cast(coalesce(counted.split_count, 0) as integer) as split_count,
    cast(coalesce(counted.waived_count, 0) as integer) as waived_count,
    cast(
        coalesce(counted.not_about_persons_count, 0) as integer
    ) as not_about_persons_count,
    cast(coalesce(counted.no_figures_count, 0) as integer) as no_figures_count
from reference
cross join service_area
left join
    counted
    on reference.reference_kind = counted.reference_kind
    and cast(reference.number as varchar) = counted.reference
    and service_area.service_area = counted.service_area
