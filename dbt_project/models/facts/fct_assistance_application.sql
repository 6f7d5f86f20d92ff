with

    registered_contact as (
        {{
            union_staging(
                [ref("stg_alfa__kontakt"), ref("stg_beta__handelse")],
                [
                    "application_key",
                    "handling_minutes",
                    "contact_type",
                    "contact_participant",
                ],
            )
        }}
    ),

    contact as (
        select
            application_key,
            count(*) as contact_count,
            sum(handling_minutes) as handling_minutes,
            -- Each of the two adults was met without the other.
            count(*) filter (
                where contact_type = 'visit' and contact_participant = 'applicant'
            )
            > 0
            and count(*) filter (
                where contact_type = 'visit' and contact_participant = 'co_applicant'
            )
            > 0 as has_separate_meetings
        from registered_contact
        group by application_key
    ),

    checklist as (
        select
            application_key,
            count(*) = count(*) filter (where is_answered) as is_complete
        from {{ ref("int_checklist_answer") }}
        group by application_key
    ),

    checklist_month as (
        select area_code as municipality_code, month
        from {{ ref("fct_collection") }}
        where fact = 'checklist_answer' and is_collected
    ),

    -- A decision is waited for as long as the step of the case process allows.
    known as (
        select
            area_code as municipality_code,
            {{ period_end("max(month)", "month") }} as known_until
        from {{ ref("fct_collection") }}
        where fact = 'assistance_application' and is_collected
        group by area_code
    ),

    decision_step as (
        select follow_up_days from {{ ref("case_steps") }} where case_step = 'decision'
    ),

    household as (
        select distinct
            case_key, benefit_month, applicant_key, household_type, couple_type
        from {{ ref("int_assistance_household") }}
    ),

    opening as (
        select distinct opening_application_key as application_key
        from {{ ref("int_case_episode") }}
        where has_known_beginning and opening_application_key is not null
    ),

    applied as (
        select
            application.*,
            -- An application without a number is the applicant's of the household
            -- register.
            coalesce(
                application.person_key,
                household.applicant_key,
                md5(application.application_key)
            ) as applicant_key,
            coalesce(household.household_type, 'unknown') as household_type,
            coalesce(household.couple_type, 'unknown') as couple_type
        from {{ ref("int_assistance_application") }} as application
        left join
            household
            on application.case_key = household.case_key
            and {{ period_start("application.application_date", "month") }}
            = household.benefit_month
    )

select
    applied.municipality_code,
    applied.application_key,
    applied.applicant_key as person_key,
    {{ sex_on("applied.application_date") }} as sex,
    cast(
        {{ band("age_band", age_of_person("applied.application_date")) }} as varchar
    ) as age_band,
    coalesce({{ age_of_person("applied.application_date") }} >= 18, true) as is_adult,
    coalesce(person.birth_region, 'unknown') as birth_region,
    applied.household_type,
    {{ household_kind("applied.household_type") }} as household_kind,
    applied.couple_type,
    applied.application_date,
    opening.application_key is not null as is_first,
    applied.decision_date,
    applied.outcome is not null as is_decided,
    case
        when applied.outcome is not null
        then true
        when
            {{ days_between("applied.application_date", "known.known_until") }}
            < decision_step.follow_up_days
        then false
    end as is_followed,
    applied.outcome,
    case
        when applied.outcome in ('partial', 'refused')
        then coalesce(applied.refusal_reason, 'unknown')
    end as refusal_reason,
    case
        when applied.outcome is not null then coalesce(applied.legal_ground, 'unknown')
    end as legal_ground,
    cast(
        {{ days_between("applied.application_date", "applied.decision_date") }}
        as integer
    ) as decision_days,
    cast(coalesce(contact.contact_count, 0) as integer) as contact_count,
    cast(coalesce(contact.handling_minutes, 0) as integer) as handling_minutes,
    coalesce(contact.has_separate_meetings, false) as has_separate_meetings,
    -- Nobody knows who has one where none has come.
    case
        when checklist_month.month is not null
        then checklist.application_key is not null
    end as has_checklist,
    checklist.is_complete as is_checklist_complete,
    applied.applied_sek,
    -- Part of the need is known only where both amounts are.
    case
        when applied.outcome is not null and applied.applied_sek is not null
        then applied.granted_sek
    end as granted_sek
from applied
left join {{ ref("dim_person") }} as person on applied.applicant_key = person.person_key
left join contact on applied.application_key = contact.application_key
left join checklist on applied.application_key = checklist.application_key
left join
    checklist_month
    on applied.municipality_code = checklist_month.municipality_code
    and {{ period_start("applied.application_date", "month") }} = checklist_month.month
left join known on applied.municipality_code = known.municipality_code
left join decision_step on true
left join opening on applied.application_key = opening.application_key
