-- One row per decision on a service: a fortnight before it begins and every year
-- after; in 9901 everybody with home help is decided on anew when the method changes.
-- One application in eight is refused, or granted and not carried out.
with
    granted as (
        select
            care_spell.*,
            care_client.sex,
            cast(care_spell.from_date - 14 + 365 * cast(t.i as integer) as date) as decision_date,
            concat('B', substr(care_spell.spell_id, 2), '-', t.i) as decision_id
        from care_spell
        inner join care_client on care_spell.client_no = care_client.client_no
        cross join range(0, 30) as t(i)
        where
            care_spell.part_no = 1
            and care_spell.from_date - 14 + 365 * cast(t.i as integer)
            <= coalesce(care_spell.to_date, date '2025-12-31')
        union all
        select
            care_spell.*,
            care_client.sex,
            date '2024-07-01',
            concat('B', substr(care_spell.spell_id, 2), '-M')
        from care_spell
        inner join care_client on care_spell.client_no = care_client.client_no
        where
            care_spell.service = 'sol_hemtjanst'
            and care_spell.municipality_code = '9901'
            and care_spell.from_date < date '2024-07-01'
            and coalesce(care_spell.to_date, date '9999-12-31') > date '2024-07-01'
    ),

    decided as (
        select
            granted.decision_id,
            granted.client_no,
            granted.municipality_code,
            granted.service,
            granted.decision_date,
            granted.provider,
            care_granted.assessed_hours_week,
            care_granted.granted_hours_week,
            case
                when care_granted.granted_hours_week < 0.9 * care_granted.assessed_hours_week
                then 'partial'
                else 'granted'
            end as outcome
        from granted
        left join
            care_granted
            on granted.spell_id = care_granted.spell_id
            and granted.decision_date between care_granted.from_day and care_granted.to_day
        union all
        select
            concat('A', lpad(cast(client_no as varchar), 8, '0')),
            client_no,
            municipality_code,
            case
                when age_group = 'elderly'
                then 'sol_sarskilt_boende'
                when age_group = 'adult'
                then 'lss_kontaktperson'
                else 'lss_korttidsvistelse'
            end,
            cast(
                date '2023-01-10'
                + cast(floor(draw(client_no, 'refused on') * 1080) as integer) as date
            ),
            'municipal',
            null,
            null,
            -- granted, and nothing comes of it for a long time; women wait more often
            case
                when draw(client_no, 'waits') < case when sex = 'women' then 0.35 else 0.2 end
                then 'granted'
                else 'refused'
            end
        from care_client
        where draw(client_no, 'refused') < case when sex = 'women' then 0.24 else 0.20 end
    )

select
    *,
    case
        when service like 'lss%'
        then 'lss_9'
        when decision_date < date '2025-07-01'
        then 'sol_2001_4_1'
        else 'sol_2025_11_1'
    end as legal_ground
from decided
where decision_date between date '2023-01-01' and date '2025-12-31'
