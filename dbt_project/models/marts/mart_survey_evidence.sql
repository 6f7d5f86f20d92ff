with

    answer as (select * from {{ ref("fct_survey_answer") }}),

    category as (select * from {{ ref("dim_category") }}),

    covered as (select * from {{ ref("survey_area_services") }}),

    covered_area as (select distinct survey_area from covered),

    indicator as (select * from {{ ref("dim_indicator") }}),

    covered_indicator as (
        select covered.survey_area, indicator.indicator_id
        from covered
        inner join
            indicator
            on covered.service_area = indicator.service_area
            and coalesce(covered.ages, indicator.ages) = indicator.ages
    ),

    district as (select * from {{ ref("districts") }}),

    -- Only what counts persons and has a value for women and for men is material to
    -- follow up by: what is declared not to be about persons never is, nor is a figure
    -- of the municipality for a district. Whether anybody has followed up, none says.
    split_here as (
        select
            split.area_code as municipality_code,
            split.area_code as unit_code,
            split.year,
            covered_indicator.survey_area,
            'follow_up_by_sex' as survey_question,
            count(*) as evidence_count
        from {{ ref("indicator_split") }} as split
        inner join
            covered_indicator on split.indicator_id = covered_indicator.indicator_id
        where split.area_level = 'municipality' and split.split_status = 'split'
        group by split.area_code, split.year, covered_indicator.survey_area
    ),

    asked as (
        select *, cast(extract(year from reference_date) as integer) as year from answer
    ),

    -- Used is what an improvement that had begun by the end of the year points at: one
    -- of the district, or one of the whole municipality, which covers its districts.
    used_here as (
        select
            asked.municipality_code,
            asked.unit_code,
            asked.year,
            asked.survey_area,
            asked.survey_question,
            count(*) as evidence_count
        from asked
        inner join
            {{ ref("fct_improvement") }} as improvement
            on asked.municipality_code = improvement.municipality_code
            and asked.unit_code = coalesce(improvement.district_code, asked.unit_code)
            and asked.year >= extract(year from improvement.start_date)
        inner join
            covered_indicator
            on asked.survey_area = covered_indicator.survey_area
            and improvement.indicator_id = covered_indicator.indicator_id
        where asked.survey_question = 'result_used'
        group by
            asked.municipality_code,
            asked.unit_code,
            asked.year,
            asked.survey_area,
            asked.survey_question
    ),

    evidence as (
        select *
        from split_here
        union all
        select *
        from used_here
    ),

    compared as (
        select
            asked.municipality_code,
            asked.unit_level,
            asked.unit_code,
            asked.year,
            asked.survey_area,
            asked.survey_question,
            asked.answer,
            covered_area.survey_area is not null as is_covered,
            cast(coalesce(evidence.evidence_count, 0) as integer) as evidence_count
        from asked
        left join covered_area on asked.survey_area = covered_area.survey_area
        left join
            evidence
            on asked.municipality_code = evidence.municipality_code
            and asked.unit_code = evidence.unit_code
            and asked.year = evidence.year
            and asked.survey_area = evidence.survey_area
            and asked.survey_question = evidence.survey_question
    ),

    judged as (
        select
            *,
            answer || case
                when not is_covered
                then '_not_covered'
                when evidence_count = 0
                then '_without_material'
                else '_with_material'
            end as verdict
        from compared
    )

select
    judged.municipality_code,
    municipality.municipality_name,
    judged.unit_level,
    judged.unit_code,
    case
        judged.unit_level
        when 'municipality'
        then municipality.municipality_name
        else coalesce(district.district_name, judged.unit_code)
    end as unit_name,
    judged.survey_area,
    survey_area.label_sv as survey_area_label_sv,
    survey_area.label_en as survey_area_label_en,
    judged.year,
    judged.survey_question,
    survey_question.label_sv as survey_question_label_sv,
    survey_question.label_en as survey_question_label_en,
    judged.answer,
    judged.is_covered,
    judged.evidence_count,
    judged.verdict,
    verdict.label_sv as verdict_label_sv,
    verdict.label_en as verdict_label_en
from judged
inner join
    {{ ref("dim_municipality") }} as municipality
    on judged.municipality_code = municipality.municipality_code
left join district on judged.unit_code = district.district_code
inner join
    category as survey_area
    on survey_area.axis = 'survey_area'
    and judged.survey_area = survey_area.code
inner join
    category as survey_question
    on survey_question.axis = 'survey_question'
    and judged.survey_question = survey_question.code
inner join
    category as verdict
    on verdict.axis = 'survey_evidence'
    and judged.verdict = verdict.code
