-- One row per case: a household in one municipality. A few single people move and get
-- a second case.
with
    moving as (
        select
            *,
            case
                when
                    household_type in ('single_man', 'single_woman')
                    and not is_never_granted
                    and least(last_month, 35) - greatest(first_month, 0) >= 8
                    and draw(household_no, 'moves') < 0.03
                then
                    greatest(first_month, 0)
                    + 3
                    + cast(
                        floor(
                            draw(household_no, 'when')
                            * (least(last_month, 35) - greatest(first_month, 0) - 5)
                        ) as integer
                    )
            end as moving_month,
            -- a grown-up in about one household of three hundred dies
            case
                when
                    not is_couple
                    and not has_children
                    and last_month between 3 and 34
                    and draw(household_no, 'death') < 0.02
                then
                    cast(
                        month_at(last_month) + to_days(
                            cast(3 + floor(draw(household_no, 'day') * 22) as integer)
                        ) as date
                    )
            end as death_date
        from household
    )

select
    household_no,
    concat('H', lpad(cast(household_no as varchar), 7, '0')) as case_id,
    municipality_code,
    household_type,
    first_month,
    coalesce(moving_month - 1, last_month) as last_month,
    is_never_granted,
    case when moving_month is null then death_date end as death_date
from moving
union all
select
    household_no,
    concat('H', lpad(cast(household_no as varchar), 7, '0'), 'B') as case_id,
    concat(
        '990',
        1 + (
            cast(substr(municipality_code, 4, 1) as integer)
            + cast(floor(draw(household_no, 'where') * 7) as integer)
        )
        % 8
    ) as municipality_code,
    household_type,
    moving_month as first_month,
    last_month,
    is_never_granted,
    death_date
from moving
where moving_month is not null
