-- What the registry sums over must be constant for a person within a period.
select person_key, {{ period_start("benefit_month", "year") }} as period_start
from {{ ref("fct_assistance_month") }}
group by 1, 2
having
    count(distinct sex) > 1
    or count(distinct age_band) > 1
    or count(distinct birth_region) > 1
