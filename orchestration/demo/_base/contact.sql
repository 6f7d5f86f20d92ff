-- One row per contact about an application, with minutes of handling.
with
    numbered as (
        select
            application.application_id,
            application.municipality_code,
            application.application_date,
            application.decision_date,
            application.is_first,
            person.sex,
            household.is_couple,
            cast(t.i as integer) as contact_no,
            concat(application.application_id, 'K', t.i) as contact_id
        from application
        inner join person on application.person_id = person.person_id
        inner join household on person.household_no = household.household_no
        cross join range(1, 5) as t(i)
        where
            t.i <= case
                when application.is_first
                then 1 + floor(draw(application.application_id, 'contacts') * 3.4)
                else floor(draw(application.application_id, 'contacts') * 2.3)
            end
    ),

    typed as (
        select
            *,
            case
                when
                    draw(contact_id, 'type')
                    < case when is_first then 0.45 else 0.10 end
                then 'visit'
                when draw(contact_id, 'type') < 0.70
                then 'telephone'
                else 'digital'
            end as contact_type,
            cast(
                application_date + to_days(
                    cast(
                        floor(
                            draw(contact_id, 'day')
                            * (date_diff('day', application_date, decision_date) + 1)
                        ) as integer
                    )
                ) as date
            ) as contact_date
        from numbered
    )

select
    contact_id,
    application_id,
    municipality_code,
    contact_date,
    contact_type,
    -- who took part in a visit of a couple; most often both at once or the applicant
    -- alone
    case
        when contact_type <> 'visit' or not is_couple
        then 'applicant'
        when draw(contact_id, 'who') < 0.45
        then 'both'
        when draw(contact_id, 'who') < case when sex = 'women' then 0.80 else 0.70 end
        then 'applicant'
        else 'co_applicant'
    end as participant,
    case
        when draw(contact_id, 'no minutes') < 0.03
        then null
        else
            cast(
                floor(
                    (
                        case
                            contact_type
                            when 'visit'
                            then 30
                            when 'telephone'
                            then 5
                            else 4
                        end
                    )
                    + draw(contact_id, 'minutes')
                    * (
                        case
                            contact_type
                            when 'visit'
                            then 55
                            when 'telephone'
                            then 20
                            else 14
                        end
                    )
                    * (case when sex = 'women' then 1.10 else 1 end)
                ) as integer
            )
    end as minutes
from typed
where contact_date <= date '2025-12-31'
