with

    event as (select * from {{ ref("int_case_event") }}),

    application as (select * from {{ ref("int_assistance_application") }}),

    -- Of a case that is closed and taken up on one day, the closing is the later.
    turning_point as (
        select
            *,
            lag(case_step) over (
                partition by case_key
                order by
                    event_date,
                    case when case_step = 'closing' then 1 else 0 end,
                    event_key
            ) as case_step_before
        from event
        where case_step in ('application', 'return', 'closing')
    ),

    beginning as (
        select
            municipality_code,
            case_key,
            event_key,
            event_date as episode_start,
            case_step
        from turning_point
        where
            case_step <> 'closing' and coalesce(case_step_before, 'closing') = 'closing'
    ),

    log_start as (
        select area_code as municipality_code, min(month) as first_month
        from {{ ref("fct_collection") }}
        where fact = 'case_step' and is_collected
        group by area_code
    ),

    -- Since when a household of the case or money to it is known.
    known_day as (
        select case_key, from_date as known_on
        from {{ ref("int_assistance_member") }}
        union all
        select case_key, benefit_month
        from {{ ref("int_assistance_payment") }}
    ),

    known_since as (
        select case_key, min(known_on) as first_known_on
        from known_day
        group by case_key
    ),

    episode as (
        select
            beginning.municipality_code,
            beginning.case_key,
            md5(beginning.case_key || '|' || beginning.event_key) as episode_key,
            beginning.episode_start,
            lead(beginning.episode_start) over (
                partition by beginning.case_key order by beginning.episode_start
            ) as next_episode_start,
            -- The first application that the log holds of a case that was there before
            -- it is one more application, and when the case began nobody knows.
            coalesce(
                beginning.case_step = 'return'
                or beginning.episode_start
                >= {{ months_after("log_start.first_month", 1) }}
                or known_since.first_known_on >= log_start.first_month,
                true
            ) as has_known_beginning
        from beginning
        left join log_start on beginning.municipality_code = log_start.municipality_code
        left join known_since on beginning.case_key = known_since.case_key
    ),

    opening_application as (
        select episode.episode_key, event.application_key
        from episode
        inner join
            event
            on episode.case_key = event.case_key
            and episode.episode_start = event.event_date
        where
            event.case_step in ('application', 'return')
            and event.application_key is not null
        qualify
            row_number() over (
                partition by episode.episode_key order by event.event_key
            )
            = 1
    ),

    -- The applicant is whoever sent the first application that is known; else the
    -- case's applicant in the household register; else nobody is known.
    first_applicant as (
        select episode.episode_key, application.person_key
        from episode
        inner join
            event
            on episode.case_key = event.case_key
            and event.event_date >= episode.episode_start
            and event.event_date
            < coalesce(episode.next_episode_start, cast('9999-12-31' as date))
        inner join application on event.application_key = application.application_key
        where application.person_key is not null
        qualify
            row_number() over (
                partition by episode.episode_key
                order by event.event_date, application.application_key
            )
            = 1
    ),

    registered_applicant as (
        select case_key, person_key
        from {{ ref("int_assistance_member") }}
        where household_role = 'applicant'
        qualify
            row_number() over (
                partition by case_key order by from_date desc, person_key
            )
            = 1
    ),

    household_month as (
        select distinct case_key, benefit_month, household_type
        from {{ ref("int_assistance_household") }}
    ),

    -- The household of the month, or the last one known before it; of a household that
    -- applies before its first month, the first one of the episode.
    household as (
        select episode.episode_key, household_month.household_type
        from episode
        inner join
            household_month
            on episode.case_key = household_month.case_key
            and household_month.benefit_month
            < coalesce(episode.next_episode_start, cast('9999-12-31' as date))
        qualify
            row_number() over (
                partition by episode.episode_key
                order by
                    case
                        when household_month.benefit_month <= episode.episode_start
                        then 0
                        else 1
                    end,
                    abs(
                        {{
                            days_between(
                                "episode.episode_start",
                                "household_month.benefit_month",
                            )
                        }}
                    )
            )
            = 1
    )

select
    episode.*,
    opening_application.application_key as opening_application_key,
    coalesce(
        first_applicant.person_key,
        registered_applicant.person_key,
        md5(episode.episode_key)
    ) as person_key,
    coalesce(household.household_type, 'unknown') as household_type
from episode
left join opening_application on episode.episode_key = opening_application.episode_key
left join first_applicant on episode.episode_key = first_applicant.episode_key
left join registered_applicant on episode.case_key = registered_applicant.case_key
left join household on episode.episode_key = household.episode_key
