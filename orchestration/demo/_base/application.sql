-- One row per application: asked for each month anew, as in Swedish practice, with
-- its decision.
with
    asked_month as (
        select case_file.*, cast(t.i as integer) as month_no
        from case_file
        cross join
            range(greatest(first_month - 1, 0), least(last_month + 1, 36) + 1) as t(i)
        where
            case
                -- the month before and the month after: refused
                when t.i < first_month
                then draw(case_id, 'before') < 0.14
                when t.i > last_month
                then draw(case_id, 'after') < 0.14 and death_date is null
                else draw(case_id || t.i, 'gap') > 0.04
            end
    ),

    asked as (
        select
            asked_month.case_id,
            asked_month.municipality_code,
            asked_month.month_no,
            month_at(asked_month.month_no) as benefit_month,
            asked_month.month_no = greatest(asked_month.first_month, 0)
            or asked_month.month_no < asked_month.first_month as is_first,
            asked_month.month_no
            between asked_month.first_month and asked_month.last_month
            and not asked_month.is_never_granted as may_be_granted,
            t.letter,
            concat(
                asked_month.case_id,
                'M',
                strftime(month_at(asked_month.month_no), '%y%m'),
                t.letter
            ) as application_id,
            cast(
                month_at(asked_month.month_no) + to_days(
                    cast(
                        floor(
                            draw(asked_month.case_id || asked_month.month_no, 'day')
                            * 26
                        )
                        - 12 as integer
                    )
                ) as date
            ) as application_date
        from asked_month
        -- B: a second application on the same day, for something beside the norm
        cross join (values ('A'), ('B')) as t(letter)
        where
            t.letter = 'A'
            or draw(asked_month.case_id || asked_month.month_no, 'second') < 0.008
    ),

    applied as (
        select
            asked.*,
            member.person_id,
            person.sex,
            draw(asked.application_id, 'outcome') as outcome_draw,
            draw(asked.application_id, 'reason') as reason_draw,
            draw(asked.application_id, 'days') as days_draw
        from asked
        inner join
            member
            on asked.case_id = member.case_id
            and member.household_role = 'applicant'
        inner join person on member.person_id = person.person_id
        where asked.application_date between date '2023-01-01' and date '2025-12-31'
    ),

    decided as (
        select
            *,
            case
                when not may_be_granted
                then 'refused'
                when outcome_draw < case when is_first then 0.09 else 0.04 end
                then 'refused'
                when outcome_draw < case when sex = 'men' then 0.108 else 0.100 end
                then 'partial'
                else 'granted'
            end as outcome,
            -- median about nine days, longer for a first application
            cast(
                application_date + to_days(
                    cast(
                        1 + floor(
                            case when is_first then 1.35 else 1 end
                            * (3 + 11 * days_draw + 34 * pow(days_draw, 9))
                        ) as integer
                    )
                ) as date
            ) as decision_date
        from applied
    )

select
    application_id,
    case_id,
    municipality_code,
    month_no,
    benefit_month,
    is_first,
    person_id,
    letter = 'B' as is_second,
    application_date,
    decision_date,
    outcome,
    case
        when outcome = 'granted' or reason_draw < 0.03
        then null
        when reason_draw < case when sex = 'women' then 0.45 else 0.38 end
        then 'income_above_norm'
        when reason_draw < case when sex = 'women' then 0.55 else 0.46 end
        then 'assets'
        when reason_draw < case when sex = 'women' then 0.68 else 0.70 end
        then 'not_seeking_work'
        when reason_draw < 0.88
        then 'incomplete_application'
        when reason_draw < 0.92
        then 'not_resident'
        else 'other'
    end as refusal_reason,
    case
        when draw(application_id, 'law') < 0.01
        then null
        when decision_date < date '2025-07-01'
        then 'sol_2001_4_1'
        else 'sol_2025_12_1'
    end as legal_ground
from decided
