-- One row per spell with hours, before and after 1 July 2024: what of the assessed need
-- is granted. Women are granted less of the same need than men, but no longer where 9901
-- has begun to ask everybody with home help the same questions.
with
    period as (
        select *
        from
            (
                values
                    (date '1900-01-01', date '2024-06-30', false),
                    (date '2024-07-01', date '9999-12-31', true)
            ) as t(from_day, to_day, is_after)
    )

select
    care_spell.spell_id,
    period.from_day,
    period.to_day,
    care_spell.assessed_hours_week,
    round(
        care_spell.assessed_hours_week
        * case
            when
                care_client.sex = 'men'
                or (
                    period.is_after
                    and care_spell.municipality_code = '9901'
                    and care_spell.service = 'sol_hemtjanst'
                )
            then 0.88 + 0.12 * draw(care_spell.client_no, 'granted')
            else 0.82 + 0.12 * draw(care_spell.client_no, 'granted')
        end,
        1
    ) as granted_hours_week
from care_spell
inner join care_client on care_spell.client_no = care_client.client_no
cross join period
where care_spell.assessed_hours_week is not null
