-- One row per step event of a case: the first applications and those after the end, with their
-- visits and decisions as they stand elsewhere; plan, activity, closing and return are
-- planted with
-- differences between the sexes.
with
    logged as (
        select
            application.*,
            person.sex,
            case_file.last_month,
            case_file.is_never_granted,
            case_file.death_date,
            application.month_no > case_file.last_month as is_return,
            not application.is_second
            and application.month_no = greatest(case_file.first_month, 0) as is_main
        from application
        inner join case_file on application.case_id = case_file.case_id
        inner join person on application.person_id = person.person_id
        where application.is_first or application.month_no > case_file.last_month
    ),

    planned as (
        select
            *,
            case
                when
                    outcome <> 'refused'
                    and draw(case_id, 'plan')
                    < case when sex = 'women' then 0.80 else 0.70 end
                then
                    case
                        -- out of order: the plan stands on the day of the application
                        when draw(case_id, 'plan first') < 0.01
                        then application_date
                        else
                            cast(
                                decision_date + to_days(
                                    cast(5 + floor(draw(case_id, 'plan day') * 25) as integer)
                                ) as date
                            )
                    end
            end as plan_date
        from logged
        where is_main
    ),

    active as (
        select
            *,
            case
                when
                    plan_date is not null
                    and draw(case_id, 'activity')
                    < case when sex = 'women' then 0.58 else 0.70 end
                then
                    cast(
                        greatest(plan_date, decision_date) + to_days(
                            cast(7 + floor(draw(case_id, 'activity day') * 40) as integer)
                        ) as date
                    )
            end as activity_date
        from planned
    ),

    closed as (
        select
            *,
            case
                when is_never_granted
                then cast(decision_date + to_days(20) as date)
                when last_month <= 34
                then
                    greatest(
                        cast(
                            month_at(last_month) + to_days(
                                cast(9 + floor(draw(case_id, 'closing') * 5) as integer)
                            ) as date
                        ),
                        cast(
                            coalesce(activity_date, plan_date, decision_date) + to_days(3) as date
                        ),
                        cast(decision_date + to_days(3) as date)
                    )
            end as closing_date
        from active
    ),

    -- back without an application: only the log knows
    back as (
        select
            *,
            cast(
                closing_date + to_days(
                    cast(30 + floor(draw(case_id, 'return day') * 300) as integer)
                ) as date
            ) as return_date
        from closed
        where
            death_date is null
            and draw(case_id, 'return') < case when sex = 'women' then 0.10 else 0.18 end
            and case_id not in (select case_id from logged where is_return)
    ),

    event as (
        select
            application_id || 'S1' as event_id,
            case_id,
            application_id,
            municipality_code,
            application_date as event_date,
            'application' as step
        from logged
        union all
        select
            contact.contact_id || 'S2',
            logged.case_id,
            logged.application_id,
            logged.municipality_code,
            contact.contact_date,
            'visit'
        from contact
        inner join logged on contact.application_id = logged.application_id
        where contact.contact_type = 'visit'
        union all
        -- one in fifty is decided without
        select
            application_id || 'S3',
            case_id,
            application_id,
            municipality_code,
            greatest(
                application_date,
                cast(
                    decision_date - to_days(
                        cast(floor(draw(application_id, 'investigation') * 3) as integer)
                    ) as date
                )
            ),
            'investigation'
        from logged
        where draw(application_id, 'investigated') >= 0.02
        union all
        select
            application_id || 'S4',
            case_id,
            application_id,
            municipality_code,
            decision_date,
            'decision'
        from logged
        union all
        select case_id || 'S5', case_id, null, municipality_code, plan_date, 'plan'
        from closed
        union all
        select case_id || 'S6', case_id, null, municipality_code, activity_date, 'activity'
        from closed
        union all
        select case_id || 'S7', case_id, null, municipality_code, closing_date, 'closing'
        from closed
        union all
        select
            logged.application_id || 'S8',
            logged.case_id,
            logged.application_id,
            logged.municipality_code,
            logged.application_date,
            'return'
        from logged
        inner join closed on logged.case_id = closed.case_id
        where logged.is_return and logged.application_date > closed.closing_date
        union all
        select case_id || 'S8', case_id, null, municipality_code, return_date, 'return'
        from back
        union all
        select
            case_id || 'S9',
            case_id,
            null,
            municipality_code,
            cast(return_date + to_days(10) as date),
            'visit'
        from back
        union all
        -- cases and applications that no register knows
        select
            concat('H999999', t.i, step_no),
            concat('H999999', t.i),
            concat('H999999', t.i, 'M', 2300 + 100 * t.i + 3, 'A'),
            '9902',
            cast(make_date(2023 + t.i, 3, 1) + to_days(step_no) as date),
            step
        from range(0, 3) as t(i)
        cross join (values (1, 'application'), (9, 'decision')) as s(step_no, step)
    )

select *
from event
where event_date between date '2023-01-01' and date '2025-12-31'
