-- Hours that the social insurance agency pays to somebody else than the municipality
-- are
-- not in its ledger.
select
    *,
    {{ period_start("service_month", "year") }} as period_start,
    cast(performed_quantity * 100 as bigint) as volume_hundredths
from {{ ref("fct_service_volume") }}
where payer = 'municipality' or provider = 'municipal'
