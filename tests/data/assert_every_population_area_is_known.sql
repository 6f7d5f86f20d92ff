-- A municipality whose name is not in seeds/municipalities.csv would silently be left
-- out.
select distinct population.municipality_name
from {{ ref("stg_scb__fodelseregion") }} as population
left join
    {{ ref("dim_municipality") }} as municipality
    on population.municipality_name = municipality.municipality_name
where municipality.municipality_code is null
union
select distinct population.municipality_name
from {{ ref("stg_scb__folkmangd") }} as population
left join
    {{ ref("dim_municipality") }} as municipality
    on population.municipality_name = municipality.municipality_name
where municipality.municipality_code is null
