-- Hours that the social insurance agency pays to somebody else than the municipality
-- are not in its ledger. Where the ledger of the month has not come, nobody knows what
-- a volume cost: it bears nothing, and not zero.
select
    volume.*,
    {{ period_start("volume.service_month", "year") }} as period_start,
    cast(volume.performed_quantity * 100 as bigint) as volume_hundredths
from {{ ref("fct_service_volume") }} as volume
inner join
    {{ ref("fct_collection") }} as collection
    on collection.fact = 'user_cost'
    and collection.is_collected
    and volume.municipality_code = collection.area_code
    and volume.service_month = collection.month
where volume.payer = 'municipality' or volume.provider = 'municipal'
