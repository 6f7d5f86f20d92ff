with
    sent as (
        select
            application.*,
            period_by_quarter(decision_date) as _period,
            row_number() over (
                partition by
                    application.municipality_code, period_by_quarter(decision_date)
                order by application_id
            ) as row_no
        from application
        inner join
            municipality
            on application.municipality_code = municipality.municipality_code
        where municipality.source = 'alfa' and decision_date <= date '2025-12-31'
    )

select
    municipality_code as _area,
    _period,
    received(decision_date, 3, 1, 15) as _received,
    concat('D', substr(application_id, 2)) as beslut_id,
    application_id as ansokan_id,
    decision_date as beslutsdatum,
    -- a decision without outcome
    case
        when not (municipality_code = '9905' and _period = '2025K2' and row_no <= 2)
        then outcome
    end as utfall,
    refusal_reason as avslagsorsak,
    legal_ground as lagrum,
    cast(
        cast(amount.granted_ore as decimal(14, 0)) / 100 as decimal(12, 2)
    ) as beviljat_belopp
from sent
inner join amount using (application_id)
order by _area, _period, beslut_id
