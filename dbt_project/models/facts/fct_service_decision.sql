with

    decided as (
        select *, coalesce(person_key, md5(decision_key)) as decided_person_key
        from {{ ref("int_service_decision") }}
    ),

    service as (select * from {{ ref("dim_category") }} where axis = 'service')

select
    decided.municipality_code,
    decided.decision_key,
    decided.decided_person_key as person_key,
    {{ sex_on("decided.decision_date") }} as sex,
    cast(
        {{ band("age_band", age_of_person("decided.decision_date")) }} as varchar
    ) as age_band,
    cast(
        {{
            band(
                "age_interval",
                age_of_person(
                    period_end(period_start("decided.decision_date", "year"), "year")
                ),
            )
        }} as varchar
    ) as age_interval,
    coalesce({{ age_of_person("decided.decision_date") }} >= 18, true) as is_adult,
    coalesce(person.birth_region, 'unknown') as birth_region,
    decided.decision_date,
    decided.service,
    service.parent_code as service_type,
    case
        when service.parent_code = 'lss'
        then coalesce(decided.personkrets, 'unknown')
        else 'not_lss'
    end as personkrets,
    coalesce(decided.legal_ground, 'unknown') as legal_ground,
    coalesce(decided.provider, 'unknown') as provider,
    decided.outcome,
    cast(
        {{ band("care_need_level", "decided.assessed_hours_week") }} as varchar
    ) as care_need_level,
    cast(decided.assessed_hours_week as decimal(8, 2)) as assessed_hours_week,
    cast(decided.granted_hours_week as decimal(8, 2)) as granted_hours_week
from decided
inner join service on decided.service = service.code
left join
    {{ ref("dim_person") }} as person on decided.decided_person_key = person.person_key
