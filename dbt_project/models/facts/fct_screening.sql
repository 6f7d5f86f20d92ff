with client as (select * from {{ ref("fct_client_year") }})

select
    screening.municipality_code,
    screening.screening_key,
    screening.person_key,
    screening.screening_date,
    cast(
        {{ period_start("screening.screening_date", "quarter") }} as varchar
    ) as quarter_start,
    client.sex,
    client.age_band,
    client.is_adult,
    client.birth_region,
    client.need_score_band,
    screening.is_asked,
    screening.is_exposed,
    screening.is_perpetrator,
    screening.is_exposed_offered_support,
    screening.has_exposed_started_support,
    screening.is_perpetrator_offered_support,
    screening.has_perpetrator_started_support
from {{ ref("int_screening") }} as screening
-- Whoever was screened in a year is a client of that year.
inner join
    client
    on screening.municipality_code = client.municipality_code
    and screening.person_key = client.person_key
    and screening.year_start = client.year_start
