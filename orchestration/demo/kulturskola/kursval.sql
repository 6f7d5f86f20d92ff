-- 9906 did not deliver the autumn of 2025; 9902 sent the spring of 2025 again, without
-- the pupils who never came.
with
    delivered as (
        select *, received(start_date, 6, 1, 12) as delivered_on
        from course_choice
        where not (municipality_code = '9906' and start_date = date '2025-08-21')
        union all by name
        select *, '20250915' as delivered_on
        from course_choice
        where
            municipality_code = '9902'
            and start_date = date '2025-01-16'
            and draw(choice_id, 'never came') >= 0.1
    )

select
    municipality_code as _area,
    period_by_half(start_date) as _period,
    delivered_on as _received,
    choice_id as val_nr,
    hyphened(number) as elev,
    concat('Testnamn ', pupil_id) as elev_namn,
    recorded_sex as kon,
    start_date as borjar,
    instrument as kurs,
    -- a course that the contract does not know
    case
        when
            municipality_code = '9904'
            and start_date = date '2025-01-16'
            and draw(choice_id, 'at fault') < 0.03
        then 'Theremin'
    end as _raw_kurs
from delivered
order by _area, _period, _received, choice_id
