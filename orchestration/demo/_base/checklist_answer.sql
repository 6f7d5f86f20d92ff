-- One row per item of the checklist, at a first application and every sixth month.
with
    item as (
        select *
        from
            (
                values
                    (1, 'housing', 0.95, 0.95),
                    (2, 'income', 0.99, 0.99),
                    (3, 'assets', 0.93, 0.94),
                    (4, 'work_plan', 0.84, 0.90),
                    (5, 'health', 0.80, 0.70),
                    (6, 'children', 0.78, 0.55),
                    (7, 'violence', 0.70, 0.38),
                    (8, 'debts', 0.72, 0.74)
            ) as t(item_no, item, share_women, share_men)
    )

select
    application.application_id,
    application.municipality_code,
    application.application_date,
    item.item_no,
    item.item,
    draw(application.application_id || item.item, 'answered') < case
        when person.sex = 'women' then item.share_women else item.share_men
    end as is_answered
from application
inner join person on application.person_id = person.person_id
cross join item
where
    not application.is_second and (application.is_first or application.month_no % 6 = 5)
