with
    sent as (
        select
            application.*,
            number_spell.number,
            person.recorded_sex,
            period_by_quarter(application_date) as _period,
            row_number() over (
                partition by
                    application.municipality_code, period_by_quarter(application_date)
                order by application_id
            ) as row_no
        from application
        inner join person on application.person_id = person.person_id
        inner join
            number_spell
            on person.person_id = number_spell.person_id
            and application.application_date between number_spell.from_date and number_spell.to_date
        inner join
            municipality
            on application.municipality_code = municipality.municipality_code
        where municipality.source = 'alfa'
    )

select
    municipality_code as _area,
    _period,
    received(application_date, 3, 1, 15) as _received,
    case_id as arende_id,
    application_id as ansokan_id,
    application_date as ansokningsdatum,
    case
        when draw(application_id, 'month') >= 0.01 then benefit_month
    end as avser_manad,
    hyphened(number) as sokande_personnummer,
    concat('Testnamn-', person_id) as sokande_namn,
    recorded_sex as sokande_kon,
    cast(cast(amount.applied_ore as decimal(14, 0)) / 100 as decimal(12, 2)) as sokt_belopp,
    -- a number that a spreadsheet took for a quantity
    case
        when municipality_code = '9901' and _period = '2025K2' and row_no <= 3
        then concat(left(number, 1), ',', substr(number, 2, 4), 'E+11')
    end as _raw_sokande_personnummer,
    -- a sex code that nobody declared; the number tells the sex
    case
        when
            municipality_code = '9901'
            and _period = '2025K2'
            and row_no between 4 and 6
        then 'Q'
    end as _raw_sokande_kon,
    concat(
        'Fritext: ',
        case when is_first then 'nybesök' else 'återansökan' end,
        '; Testnamn-',
        person_id,
        ' bor på Testgatan ',
        1 + household.household_no % 99,
        case
            when draw(application_id, 'number in text') < 0.02
            then concat(' "pnr ', hyphened(number), '"')
            else ''
        end,
        -- notes of several lines
        case
            when municipality_code = '9902' and _period = '2024' and row_no <= 3
            then chr(10) || 'andra raden; Testnamn'
            else ''
        end
    ) as utredningstext
from sent
inner join amount using (application_id)
inner join (select person_id, household_no from person) as household using (person_id)
order by _area, _period, ansokan_id
