-- the days on which the municipalities draw their registers of households: each January and, from
-- 2025, late in each quarter
select
    municipality.municipality_code,
    municipality.source,
    t.drawn_on,
    strftime(t.drawn_on, '%Y%m%d') as received
from municipality
cross join
    (
        values
            (date '2024-01-15'),
            (date '2025-01-15'),
            (date '2025-03-25'),
            (date '2025-06-25'),
            (date '2025-09-25'),
            (date '2026-01-15')
    ) as t(drawn_on)
