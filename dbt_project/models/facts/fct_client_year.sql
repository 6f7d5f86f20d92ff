with

    client as (
        select municipality_code, person_key, year_start
        from {{ ref("int_client_assessment") }}
        union
        select municipality_code, person_key, year_start
        from {{ ref("int_screening") }}
    ),

    need as (
        select
            municipality_code,
            person_key,
            year_start,
            count(*) as problem_area_count,
            sum(cast(need_level as integer)) as need_score
        from {{ ref("fct_client_need") }}
        group by 1, 2, 3
    ),

    support as (select * from {{ ref("int_client_support") }}),

    -- If all needs have support on one day, they have it on a day on which a support
    -- begins.
    supported_day as (
        select
            beginning.municipality_code,
            beginning.person_key,
            beginning.year_start,
            beginning.from_date,
            count(distinct going_on.problem_area) as supported_area_count
        from support as beginning
        inner join
            support as going_on
            on beginning.municipality_code = going_on.municipality_code
            and beginning.person_key = going_on.person_key
            and beginning.year_start = going_on.year_start
            and beginning.from_date between going_on.from_date and going_on.to_date
        group by 1, 2, 3, 4
    ),

    supported as (
        select
            municipality_code,
            person_key,
            year_start,
            max(supported_area_count) as supported_area_count
        from supported_day
        group by 1, 2, 3
    ),

    violence as (
        select
            municipality_code,
            person_key,
            year_start,
            count(*) filter (where is_asked) > 0 as is_asked,
            count(*) filter (where is_exposed) > 0 as is_exposed,
            count(*) filter (where is_perpetrator) > 0 as is_perpetrator
        from {{ ref("int_screening") }}
        group by 1, 2, 3
    )

select
    client.municipality_code,
    client.person_key,
    client.year_start,
    {{ sex_on("client.year_start") }} as sex,
    cast(
        {{ band("age_band", age_of_person(period_end("client.year_start", "year"))) }}
        as varchar
    ) as age_band,
    -- The system is for adults: whoever is of unknown age is one.
    coalesce(
        {{ age_of_person(period_end("client.year_start", "year")) }} >= 18, true
    ) as is_adult,
    coalesce(person.birth_region, 'unknown') as birth_region,
    cast(coalesce(need.problem_area_count, 0) as integer) as problem_area_count,
    coalesce(need.problem_area_count, 0) >= 2 as is_multiproblem,
    cast(
        {{ band("need_score_band", "coalesce(need.need_score, 0)") }} as varchar
    ) as need_score_band,
    coalesce(
        supported.supported_area_count = need.problem_area_count, false
    ) as has_support_for_all_needs,
    case
        when violence.is_exposed and violence.is_perpetrator
        then 'both'
        when violence.is_exposed
        then 'exposed'
        when violence.is_perpetrator
        then 'perpetrator'
        when violence.is_asked
        then 'neither'
        else 'not_asked'
    end as violence_role
from client
left join {{ ref("dim_person") }} as person on client.person_key = person.person_key
left join
    need
    on client.municipality_code = need.municipality_code
    and client.person_key = need.person_key
    and client.year_start = need.year_start
left join
    supported
    on client.municipality_code = supported.municipality_code
    and client.person_key = supported.person_key
    and client.year_start = supported.year_start
left join
    violence
    on client.municipality_code = violence.municipality_code
    and client.person_key = violence.person_key
    and client.year_start = violence.year_start
