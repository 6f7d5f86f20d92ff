with

    assessment as (
        select
            *,
            row_number() over (
                partition by municipality_code, person_key, problem_area, year_start
                order by identified_on, need_key
            ) as number_from_first,
            -- One that is still open is the last, whenever it began.
            row_number() over (
                partition by municipality_code, person_key, problem_area, year_start
                order by
                    coalesce(ended_on, cast('9999-12-31' as date)) desc,
                    identified_on desc,
                    need_key desc
            ) as number_from_last
        from {{ ref("int_client_assessment") }}
        where need_level > 0
    ),

    -- A need that came back within the year is one need: as great as it first was,
    -- ended when it last ended.
    need as (
        select
            municipality_code,
            person_key,
            problem_area,
            year_start,
            year_end,
            min(need_level) filter (where number_from_first = 1) as need_level,
            min(need_level_end) filter (
                where number_from_last = 1 and ended_on <= year_end
            ) as need_level_end,
            count(*) filter (where number_from_last = 1 and ended_on <= year_end)
            > 0 as is_ended
        from assessment
        group by 1, 2, 3, 4, 5
    ),

    supported as (
        select distinct municipality_code, person_key, problem_area, year_start
        from {{ ref("int_client_support") }}
    ),

    -- Who handles a case of violence is who handled it last in the year.
    violence_case as (
        select *
        from {{ ref("int_screening") }}
        where is_exposed or is_perpetrator
        qualify
            row_number() over (
                partition by municipality_code, person_key, year_start
                order by screening_date desc, screening_key desc
            )
            = 1
    ),

    competence as (select code from {{ ref("dim_category") }} where axis = 'competence')

select
    need.municipality_code,
    need.person_key,
    need.problem_area,
    need.year_start,
    {{ sex_on("need.year_start") }} as sex,
    cast({{ band("age_band", age_of_person("need.year_end")) }} as varchar) as age_band,
    -- The system is for adults: whoever is of unknown age is one.
    coalesce({{ age_of_person("need.year_end") }} >= 18, true) as is_adult,
    coalesce(person.birth_region, 'unknown') as birth_region,
    cast(need.need_level as varchar) as need_level,
    cast(need.need_level_end as varchar) as need_level_end,
    need.is_ended,
    need.is_ended and coalesce(need.need_level_end < need.need_level, false) as is_met,
    supported.person_key is not null as has_support_concurrently,
    violence_case.person_key is not null as is_violence_case,
    competence.code as competence,
    case
        competence.code
        when 'substance_use'
        then violence_case.has_substance_use_competence
        when 'ageing'
        then violence_case.has_ageing_competence
        when 'disability'
        then violence_case.has_disability_competence
    end as has_matching_competence
from need
left join {{ ref("dim_person") }} as person on need.person_key = person.person_key
left join
    supported
    on need.municipality_code = supported.municipality_code
    and need.person_key = supported.person_key
    and need.problem_area = supported.problem_area
    and need.year_start = supported.year_start
left join
    violence_case
    on need.municipality_code = violence_case.municipality_code
    and need.person_key = violence_case.person_key
    and need.year_start = violence_case.year_start
left join competence on need.problem_area = competence.code
