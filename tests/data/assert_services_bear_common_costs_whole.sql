-- Shares that do not add up to one would lose or invent costs.
select municipality_code, period_start, activity_code, sum(cost_share) as cost_share
from {{ ref("stg_ekonomi__fordelningsnyckel") }}
group by 1, 2, 3
having sum(cost_share) <> 1
