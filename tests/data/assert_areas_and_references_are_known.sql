-- A tag, reader or mapping that names nothing known would be missing from a mart
-- without a word.
with
    known as (
        select 'cemr_article' as kind, cast(article as varchar) as code
        from {{ ref("cemr_articles") }}
        union all
        select 'national_goal', cast(goal as varchar)
        from {{ ref("national_goals") }}
        union all
        select axis, code
        from {{ ref("dim_category") }}
        where axis in ('audience', 'service_area', 'survey_area')
    ),

    named as (
        select reference_kind as kind, reference as code
        from {{ ref("indicator_reference") }}
        where reference_kind in ('cemr_article', 'national_goal', 'audience')
        union all
        select 'service_area', service_area
        from {{ ref("dim_indicator") }}
        union all
        select 'service_area', service_area
        from {{ ref("cemr_articles") }}
        union all
        select 'service_area', service_area
        from {{ ref("survey_area_services") }}
        union all
        select 'survey_area', survey_area
        from {{ ref("survey_area_services") }}
    )

select distinct named.kind, named.code
from named
left join known on named.kind = known.kind and named.code = known.code
where known.code is null
