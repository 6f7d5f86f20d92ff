select
    client_screening.municipality_code as _area,
    period_by_quarter(screening_date) as _period,
    received(screening_date, 3, 1, 12) as _received,
    screening_id as samtal_nr,
    coalesce(client_screening.number, number_spell.number) as klient,
    screening_date as datum,
    is_asked as fragad,
    -- what nobody asked and nobody told is not known
    case when is_asked or is_exposed then is_exposed end as utsatt,
    case when is_asked then is_perpetrator end as utovare,
    case when is_exposed then is_exposed_offered end as stod_utsatt_erbjudet,
    case when is_exposed_offered then is_exposed_started end as stod_utsatt_paborjat,
    case when is_perpetrator then is_perpetrator_offered end as stod_utovare_erbjudet,
    case
        when is_perpetrator_offered then is_perpetrator_started
    end as stod_utovare_paborjat,
    has_substance_use_competence as kompetens_missbruk,
    has_ageing_competence as kompetens_aldrande,
    has_disability_competence as kompetens_funktionsnedsattning
from client_screening
left join
    number_spell
    on client_screening.person_id = number_spell.person_id
    and client_screening.screening_date
    between number_spell.from_date and number_spell.to_date
order by _area, _period, screening_id
