-- 9902 has a target for women only; women of 9901 have reached one of 2025 that men have not.
select
    t.area as _area,
    '20260110' as _received,
    'Målvärden för kvinnor och män' as _title,
    t.indikator,
    t.ar,
    t.malvarde_kvinnor,
    t.malvarde_man,
    t.styrdokument,
    t.diarienummer
from
    (
        values
            ('9901', 'screening_rate', 2026, 90.0, 90.0, 'Handlingsplan mot våld', 'SN 2024-117'),
            ('9901', 'refusal_rate', 2025, 8.0, 8.0, 'Verksamhetsplan 2024', 'SN 2023-402'),
            ('9901', 'long_term_recipient_share', 2025, 34.0, 34.0, 'Mål och budget 2025', 'KS 2024-881'),
            ('9902', 'adult_recipients_per_1000', 2026, 20.0, null, 'Budgetanvisning 2025', 'KS 2024-300'),
            ('9903', 'vantetid_besok', 2025, 10.0, 10.0, 'Rutin för mottagning', 'SN 2024-55')
    ) as t(area, indikator, ar, malvarde_kvinnor, malvarde_man, styrdokument, diarienummer)
order by _area, indikator, ar
