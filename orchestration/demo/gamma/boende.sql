-- The housing unit's register: what was written or changed in a year.
with
    sent as (
        select *, cast(year(changed_on) as varchar) as _period
        from placement_version
        where placement_form in ('forsokslagenhet', 'gruppboende', 'eget_kontrakt')
        qualify
            row_number() over (
                partition by placement_id, year(changed_on)
                order by changed_on desc, change desc
            )
            = 1
    )

select
    municipality_code as _area,
    _period,
    concat(year(changed_on) + 1, '0120') as _received,
    placement_id as boende_id,
    changed_on as andrad,
    ten_digits(number, year(changed_on)) as person,
    recorded_sex as kon,
    birth_region as fodd,
    placement_form as boendeform,
    legal_ground as lagrum,
    unit as enhet,
    from_date as inflyttad,
    to_date as utflyttad,
    ending as avslut,
    ending_reason as orsak,
    goal_reached as mal
from sent
order by _area, _period, boende_id
