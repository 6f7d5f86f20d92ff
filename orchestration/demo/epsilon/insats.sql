-- The register as it stood in January 2026; 9903 also sent it in January 2025, when
-- later ends were not yet known. What ended before 2023 was never entered.
with
    snapshot as (
        select municipality_code, '20260112' as _received, date '2026-01-12' as drawn_on
        from municipality
        union all
        select '9903', '20250113', date '2025-01-13'
    )

select
    snapshot.municipality_code as _area,
    snapshot._received,
    care_spell.spell_id as rad_id,
    hyphened(care_client.number) as personnummer,
    care_client.recorded_sex as kon,
    nullif(care_client.birth_region, 'unknown') as fodelseland,
    care_spell.service as insats,
    care_spell.residence as enhet,
    care_spell.provider as regi,
    care_spell.from_date as fran,
    case
        when care_spell.to_date <= snapshot.drawn_on
        then care_spell.to_date
        when draw(care_spell.spell_id, 'open end') < 0.5
        then date '9999-12-31'
    end as till
from snapshot
inner join care_spell on snapshot.municipality_code = care_spell.municipality_code
inner join care_client on care_spell.client_no = care_client.client_no
where care_spell.from_date <= snapshot.drawn_on
order by _area, _received, rad_id
