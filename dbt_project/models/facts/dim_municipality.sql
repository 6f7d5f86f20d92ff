select
    municipality.municipality_code,
    municipality.municipality_name,
    municipality.county_code,
    county.county_name,
    municipality.is_fictional
from {{ ref("municipalities") }} as municipality
inner join
    {{ ref("counties") }} as county on municipality.county_code = county.county_code
