-- One row per adult and month with aid: what hinders self-support, steady for half a
-- year.
with
    adult_month as (
        select distinct
            application.case_id,
            application.municipality_code,
            application.benefit_month,
            application.month_no,
            member.person_id
        from application
        inner join
            member
            on application.case_id = member.case_id
            and member.household_role <> 'child'
            and member.from_date <= application.benefit_month
            and coalesce(member.to_date, date '9999-12-31') >= application.benefit_month
        where
            application.outcome <> 'refused'
            and application.decision_date <= date '2025-12-31'
            and application.benefit_month <= date '2025-12-01'
    ),

    share as (
        select
            *,
            sum(women) over (order by obstacle) / sum(women) over () as upper_women,
            sum(men) over (order by obstacle) / sum(men) over () as upper_men
        from
            (
                values
                    ('021', 6, 4),
                    ('022', 4, 3),
                    ('023', 7, 5),
                    ('031', 5, 4),
                    ('032', 2, 1),
                    ('033', 2, 1),
                    ('035', 2, 1),
                    ('036', 1, 1),
                    ('040', 9, 14),
                    ('041', 1, 1),
                    ('051', 8, 1),
                    ('052', 2, 1),
                    ('053', 3, 1),
                    ('061', 6, 2),
                    ('062', 1, 1),
                    ('071', 2, 2),
                    ('072', 1, 1),
                    ('090', 1, 2),
                    ('111', 9, 11),
                    ('112', 5, 6),
                    ('113', 21, 33),
                    ('114', 2, 2),
                    ('115', 1, 1),
                    ('999', 2, 2)
            ) as t(obstacle, women, men)
    ),

    drawn as (
        select
            adult_month.*,
            person.sex,
            draw(
                concat(
                    adult_month.person_id, 'h', cast(floor(month_no / 6) as integer)
                ),
                'obstacle'
            ) as chance
        from adult_month
        inner join person on adult_month.person_id = person.person_id
    )

select
    case_id,
    municipality_code,
    benefit_month,
    person_id,
    case
        when draw(concat(person_id, 'm', month_no), 'blank') < 0.01
        then null
        else
            (
                select min(share.obstacle)
                from share
                where
                    (drawn.sex = 'women' and share.upper_women > drawn.chance)
                    or (drawn.sex = 'men' and share.upper_men > drawn.chance)
            )
    end as obstacle
from drawn
