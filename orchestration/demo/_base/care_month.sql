-- One row per spell, payer and month of 2023-2025 with the service: what was granted and
-- what was performed, in the unit of the service.
with
    month as (select month_at(t.i) as month from range(36) as t(i)),

    present as (
        select
            care_spell.*,
            month.month,
            day(last_day(month.month)) as month_days,
            date_diff(
                'day',
                greatest(care_spell.from_date, month.month),
                least(coalesce(care_spell.to_date, date '9999-12-31'), last_day(month.month))
            )
            + 1 as days,
            care_granted.granted_hours_week,
            care_client.payers,
            draw(care_spell.spell_id || month.month, 'performed') as chance
        from care_spell
        inner join care_client on care_spell.client_no = care_client.client_no
        inner join
            month
            on month.month <= coalesce(care_spell.to_date, date '9999-12-31')
            and last_day(month.month) >= care_spell.from_date
        left join
            care_granted
            on care_spell.spell_id = care_granted.spell_id
            and month.month between care_granted.from_day and care_granted.to_day
    ),

    measured as (
        select
            *,
            case
                when granted_hours_week is not null
                then 'hours'
                when
                    service in (
                        'lss_gruppbostad',
                        'lss_servicebostad',
                        'lss_boende_barn',
                        'sol_sarskilt_boende',
                        'sol_korttidsboende',
                        'sol_dagverksamhet',
                        'lss_daglig_verksamhet',
                        'lss_korttidsvistelse'
                    )
                then 'days'
                when service = 'sol_matdistribution'
                then 'portions'
                when service in ('sol_trygghetslarm', 'lss_kontaktperson')
                then 'months'
                else 'hours'
            end as unit,
            case
                when granted_hours_week is not null
                then granted_hours_week * days / 7
                when
                    service in (
                        'lss_gruppbostad',
                        'lss_servicebostad',
                        'lss_boende_barn',
                        'sol_sarskilt_boende',
                        'sol_korttidsboende'
                    )
                then days
                when service = 'sol_dagverksamhet'
                then round(days * 0.3)
                when service = 'lss_daglig_verksamhet'
                then round(days * 0.65)
                when service = 'lss_korttidsvistelse'
                then round(days * 0.2)
                when service = 'sol_matdistribution'
                then round(days * 0.75)
                when service in ('sol_trygghetslarm', 'lss_kontaktperson')
                then 1
                else days * 0.4
            end as granted
        from present
    ),

    paid as (
        select *, 'social_insurance' as payer, granted as payer_granted
        from measured
        where service = 'lss_personlig_assistans' and payers = 'social_insurance'
        union all
        select *, 'municipality', granted
        from measured
        where service <> 'lss_personlig_assistans' or payers = 'municipality'
        union all
        -- the first twenty hours a week are the municipality's
        select
            measured.*,
            t.payer,
            case
                when t.payer = 'municipality'
                then least(granted, 20.0 * days / 7)
                else greatest(granted - 20.0 * days / 7, 0)
            end
        from measured
        cross join (values ('municipality'), ('social_insurance')) as t(payer)
        where service = 'lss_personlig_assistans' and payers = 'both'
    )

select
    concat(
        'U',
        substr(spell_id, 2),
        strftime(month, '%y%m'),
        case when payer = 'social_insurance' then 'F' else '' end
    ) as volume_id,
    client_no,
    municipality_code,
    service,
    provider,
    payer,
    month,
    unit,
    cast(
        case when unit = 'hours' then round(payer_granted * 4) / 4 else payer_granted end as decimal(12, 2)
    ) as granted,
    cast(
        case
            unit
            when 'hours'
            then round(payer_granted * (0.80 + 0.20 * chance) * 4) / 4
            when 'days'
            then
                case
                    when chance < 0.8
                    then payer_granted
                    else greatest(payer_granted - ceil((chance - 0.8) * 15), 0)
                end
            when 'portions'
            then greatest(payer_granted - floor(chance * 4), 0)
            else payer_granted
        end as decimal(12, 2)
    ) as performed
from paid
