-- One row per payment or correction. Amounts in öre: the riksnorm of 2019, raised by
-- hand for the
-- years of the demo, plus housing, less income.
with
    household_month as (
        select
            application.application_id,
            count(*) filter (where member.household_role <> 'child') as adults,
            count(*) filter (where member.household_role = 'child') as children,
            coalesce(
                sum(
                    case
                        when year(application.benefit_month) - person.birth_year < 1
                        then 2130
                        when year(application.benefit_month) - person.birth_year < 7
                        then 2380
                        when year(application.benefit_month) - person.birth_year < 11
                        then 2990
                        when year(application.benefit_month) - person.birth_year < 15
                        then 3440
                        else 3880
                    end
                ) filter (where member.household_role = 'child'),
                0
            ) as norm_of_children
        from application
        inner join
            member
            on application.case_id = member.case_id
            and member.from_date <= application.benefit_month
            and coalesce(member.to_date, date '9999-12-31') >= application.benefit_month
        inner join person on member.person_id = person.person_id
        where application.outcome <> 'refused'
        group by application.application_id
    ),

    norm as (
        select
            application.*,
            (
                (case when household_month.adults = 1 then 3090 else 5570 end)
                + household_month.norm_of_children
                + [990, 1100, 1380, 1570, 1810, 2050, 2220][
                    least(household_month.adults + household_month.children, 7)
                ]
            ) * (
                case
                    year(application.benefit_month)
                    when 2023
                    then 118
                    when 2024
                    then 128
                    else 130
                end
            ) as norm_ore,
            100 * (
                3800
                + 1100 * least(household_month.adults + household_month.children, 5)
                + cast(floor(draw(application.case_id, 'rent') * 3000) as bigint)
            ) as housing_ore
        from application
        inner join
            household_month
            on application.application_id = household_month.application_id
    ),

    paid as (
        select
            *,
            -- as soon as decided, and before the month's file is drawn
            least(
                cast(
                    decision_date + to_days(
                        1 + cast(floor(draw(application_id, 'bank') * 4) as integer)
                    ) as date
                ),
                cast(benefit_month + to_months(1) + to_days(7) as date)
            ) as payment_date,
            cast(
                case
                    when is_second
                    then 50000 + floor(draw(application_id, 'amount') * 250000)
                    else
                        greatest(
                            20000,
                            (norm_ore + housing_ore) - floor(
                                (norm_ore + housing_ore) * pow(
                                    draw(
                                        case_id || cast(floor(month_no / 4) as integer),
                                        'income'
                                    ),
                                    1.7
                                )
                                * 0.95
                            )
                            - floor(draw(application_id, 'öre') * 40000)
                        )
                        * case when outcome = 'partial' then 0.7 else 1 end
                end as bigint
            ) as amount_ore
        from norm
        where decision_date <= date '2025-12-31' and benefit_month <= date '2025-12-01'
    )

select
    case_id,
    municipality_code,
    benefit_month,
    application_id,
    concat('U', substr(application_id, 2), t.step) as payment_id,
    t.step,
    cast(
        case when t.step = 1 then payment_date else payment_date + 2 end as date
    ) as payment_date,
    case
        t.step
        when 1
        then amount_ore
        when 2
        then - amount_ore
        else cast(floor(amount_ore * 0.9) as bigint)
    end as amount_ore
from paid
-- 2 and 3: the payment was wrong, is booked back and made anew; now and then only
-- booked back
cross join (values (1), (2), (3)) as t(step)
where
    t.step = 1
    or (t.step = 2 and draw(application_id, 'correction') < 0.015)
    or (t.step = 3 and draw(application_id, 'correction') < 0.012)
