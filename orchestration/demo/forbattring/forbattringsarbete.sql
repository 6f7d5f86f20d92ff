-- Registers of four municipalities as their strategists left them in January 2026. 9903 names an
-- indicator that does not exist, and one that is not about persons; 9908 one with few persons.
select
    t.area as _area,
    '20260110' as _received,
    'Register över förbättringsarbeten' as _title,
    t.lopnr,
    t.benamning,
    t.stadsdel,
    t.steg,
    t.slag,
    t.arbetsplats,
    'Fritext om skillnader mellan kvinnor och män i akterna' as fragestallning,
    t.metod,
    case when t.steg <> 'activity' then 'Fritext från arbetsgruppen' end as lardomar,
    t.handlingsplan,
    -- text cells: a strategist writes dates as they are read
    t.start,
    t.slut,
    t.ansvarig,
    t.styrdokument,
    t.diarienummer,
    t.malgrupp,
    t.indikator,
    case when t.steg = 'outcome' then 'Fritext om vad som blev annorlunda' end as skillnad,
    t.omstrukturering,
    t.larande_exempel
from
    (
        values
            ('9901', 'F-01', 'Frågan om våld ställs till alla', null, 'outcome', 'questions', 'needs_and_violence', 'case_review', 'ja', '2024-03-01', null, 'head_of_unit', 'Handlingsplan mot våld', 'SN 2024-117', 'users', 'screening_rate', 'nej', 'ja'),
            ('9901', 'F-02', 'Ny rutin för bedömning av ansökningar', 'Norra Ekbacka', 'way_of_working', 'routine', 'economic_assistance', 'process_map', 'ja', '2024-01-15', '2024-12-31', 'head_of_unit', 'Verksamhetsplan 2024', 'SN 2023-402', 'staff', 'refusal_rate', 'nej', 'ja'),
            ('9901', 'F-03', 'Utbildning i könsuppdelad statistik', null, 'activity', 'training', 'equality_work', null, 'nej', '2024-12-10', '2024-12-10', 'strategist', null, null, 'elected_members', null, 'nej', 'nej'),
            ('9901', 'F-04', 'Fler i egen försörjning', null, 'outcome', 'changed_service', 'economic_assistance', 'indicator_review', 'ja', '2025-02-01', null, 'head_of_department', 'Mål och budget 2025', 'KS 2024-881', 'inhabitants', 'long_term_recipient_share', 'ja', 'nej'),
            ('9902', 'F-01', 'Könsuppdelade mål i budgeten', null, 'product', 'budget_instruction', 'economic_assistance', 'indicator_review', 'ja', '2025-01-01', null, 'strategist', 'Budgetanvisning 2025', 'KS 2024-300', 'staff', 'adult_recipients_per_1000', 'nej', 'nej'),
            ('9902', 'F-02', 'Barnens andel följs', null, 'way_of_working', 'method', 'economic_assistance', 'representation_and_resources', 'nej', '2024-05-01', null, 'team_leader', null, null, 'relatives', 'child_recipients_per_1000', 'nej', 'nej'),
            ('9903', 'F-01', 'Kortare tid till besök', null, 'way_of_working', 'routine', 'case_process', 'process_map', 'ja', '2024-09-01', null, 'team_leader', 'Rutin för mottagning', 'SN 2024-55', 'users', 'vantetid_besok', 'nej', 'nej'),
            ('9903', 'F-02', 'Uppföljning i alla enheter', null, 'product', 'policy', 'equality_work', 'interviews', 'nej', '2024-01-01', null, 'strategist', 'Policy för jämställdhet', 'KS 2023-12', 'media', 'survey_follow_up_by_sex_share', 'nej', 'nej'),
            ('9903', 'F-03', 'Utbildning för familjehem', null, 'activity', 'training', 'needs_and_violence', 'interviews', 'ja', '2022-02-01', '2022-06-30', 'head_of_unit', null, null, 'foster_homes', 'multiproblem_share', 'nej', 'nej'),
            ('9908', 'F-01', 'Stöd till den som är utsatt', null, 'way_of_working', 'routine', 'needs_and_violence', 'case_review', 'ja', '2024-02-01', null, 'head_of_unit', null, null, 'users', 'exposed_support_offered_share', 'nej', 'nej')
    ) as t(area, lopnr, benamning, stadsdel, steg, slag, arbetsplats, metod, handlingsplan, "start", slut, ansvarig, styrdokument, diarienummer, malgrupp, indikator, omstrukturering, larande_exempel)
order by _area, lopnr
