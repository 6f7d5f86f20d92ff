with

    -- What several systems or rows say of a month adds up.
    person_month as (
        select
            municipality_code,
            person_key,
            service_month,
            service,
            provider,
            payer,
            bool_or(is_known_person) as is_known_person,
            min(unit) as unit,
            cast(sum(granted_quantity) as decimal(12, 2)) as granted_quantity,
            cast(sum(performed_quantity) as decimal(12, 2)) as performed_quantity
        from {{ ref("int_service_volume") }}
        group by 1, 2, 3, 4, 5, 6
    ),

    assessed as (
        select municipality_code, person_key, service, decision_date, care_need_level
        from {{ ref("fct_service_decision") }}
        where care_need_level <> 'unknown'
    ),

    -- The last assessment up to the month's end; before the first one that is known,
    -- that.
    person_service_month as (
        select distinct municipality_code, person_key, service, service_month
        from person_month
    ),

    need as (
        select
            person_service_month.municipality_code,
            person_service_month.person_key,
            person_service_month.service,
            person_service_month.service_month,
            assessed.care_need_level
        from person_service_month
        inner join
            assessed
            on person_service_month.municipality_code = assessed.municipality_code
            and person_service_month.person_key = assessed.person_key
            and person_service_month.service = assessed.service
        qualify
            row_number() over (
                partition by
                    person_service_month.municipality_code,
                    person_service_month.person_key,
                    person_service_month.service,
                    person_service_month.service_month
                order by
                    assessed.decision_date
                    <=
                    {{ period_end("person_service_month.service_month", "month") }} desc,
                    case
                        when
                            assessed.decision_date
                            <= {{
                                period_end(
                                    "person_service_month.service_month",
                                    "month",
                                )
                            }}
                        then assessed.decision_date
                    end desc nulls last,
                    assessed.decision_date,
                    assessed.care_need_level
            )
            = 1
    ),

    service as (select * from {{ ref("dim_category") }} where axis = 'service'),

    with_person as (
        select
            person_month.*,
            coalesce(need.care_need_level, 'unknown') as care_need_level,
            service.parent_code as service_type,
            {{ sex_on("person_month.service_month") }} as sex,
            coalesce(person.birth_region, 'unknown') as birth_region,
            {{
                age_of_person(
                    period_end(
                        period_start("person_month.service_month", "year"), "year"
                    )
                )
            }} as age
        from person_month
        inner join service on person_month.service = service.code
        left join
            {{ ref("dim_person") }} as person
            on person_month.person_key = person.person_key
        left join
            need
            on person_month.municipality_code = need.municipality_code
            and person_month.person_key = need.person_key
            and person_month.service = need.service
            and person_month.service_month = need.service_month
    )

select
    municipality_code,
    person_key,
    service_month,
    service,
    provider,
    payer,
    service_type,
    sex,
    cast({{ band("age_band", "age") }} as varchar) as age_band,
    cast({{ band("age_interval", "age") }} as varchar) as age_interval,
    coalesce(age >= 18, true) as is_adult,
    birth_region,
    is_known_person,
    care_need_level,
    unit,
    granted_quantity,
    performed_quantity
from with_person
