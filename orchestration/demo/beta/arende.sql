-- Drawn six weeks after the quarter, with the decisions of that day.
with
    sent as (
        select
            application.*,
            number_spell.number,
            person.recorded_sex,
            received(application_date, 3, 2, 15) as _received,
            decision_date
            < period_end(application_date, 3) + to_months(2) + to_days(14) as is_decided
        from application
        inner join person on application.person_id = person.person_id
        inner join
            number_spell
            on person.person_id = number_spell.person_id
            and application.application_date between number_spell.from_date and number_spell.to_date
        inner join
            municipality
            on application.municipality_code = municipality.municipality_code
        where municipality.source = 'beta'
    )

select
    municipality_code as _area,
    period_by_quarter(application_date) as _period,
    _received,
    case_id as arende_nr,
    application_id as ansokan_nr,
    application_date as inkom,
    case when is_decided then decision_date end as beslutad,
    case when is_decided then outcome end as utfall,
    case when is_decided then refusal_reason end as orsak,
    case when is_decided then legal_ground end as paragraf,
    number as sokande,
    coalesce(recorded_sex, 'unknown') as sokande_kon,
    cast(cast(amount.applied_ore as decimal(14, 0)) / 100 as decimal(12, 2)) as sokt_kr,
    case
        when is_decided
        then cast(cast(amount.granted_ore as decimal(14, 0)) / 100 as decimal(12, 2))
    end as beviljat_kr
from sent
inner join amount using (application_id)
order by _area, _period, ansokan_nr
