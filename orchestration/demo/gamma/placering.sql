-- What was written or changed in a period, as it stood at the end of it.
with
    sent as (
        select *, period_by_half(changed_on) as _period
        from placement_version
        where placement_form not in ('forsokslagenhet', 'gruppboende', 'eget_kontrakt')
        qualify
            row_number() over (
                partition by placement_id, period_by_half(changed_on)
                order by changed_on desc, change desc
            )
            = 1
    ),

    -- of a placement that comes again, so that only the older row is at fault
    at_fault as (
        select min(sent.placement_id) as placement_id
        from sent
        inner join sent as later on sent.placement_id = later.placement_id
        where
            sent.municipality_code = '9901'
            and sent._period = '2023'
            and later._period > '2023'
    )

select
    sent.municipality_code as _area,
    sent._period,
    received(sent.changed_on, 6, 1, 15) as _received,
    sent.placement_id as placering_id,
    sent.changed_on as andrad,
    hyphened(sent.number) as personnummer,
    concat('Testnamn-', sent.person_id) as namn,
    sent.recorded_sex as kon,
    sent.birth_region as fodd,
    sent.placement_form as form,
    case when at_fault.placement_id is not null then 'Q7' end as _raw_form,
    sent.legal_ground as lagrum,
    sent.provider as utforare,
    sent.unit as enhet,
    sent.from_date as fran,
    sent.to_date as till,
    sent.ending as avslut,
    sent.ending_reason as avslutsorsak,
    sent.goal_reached as mal_uppnatt,
    concat('Fritext: placerad på Testgatan; Testnamn-', sent.person_id) as anteckning
from sent
left join
    at_fault on sent.placement_id = at_fault.placement_id and sent._period = '2023'
order by _area, _period, placering_id
