with

    service_cost as (
        select municipality_code, period_start, service, sum(cost_ore) as cost_ore
        from {{ ref("int_service_cost") }}
        group by 1, 2, 3
    ),

    volume as (
        select
            municipality_code,
            period_start,
            service,
            sum(volume_hundredths) as volume_hundredths
        from {{ ref("int_costed_volume") }}
        group by 1, 2, 3
    )

select
    coalesce(
        service_cost.municipality_code, volume.municipality_code
    ) as municipality_code,
    coalesce(service_cost.period_start, volume.period_start) as period_start,
    coalesce(service_cost.service, volume.service) as service,
    cast(coalesce(service_cost.cost_ore, 0) as bigint) as cost_ore,
    cast(coalesce(volume.volume_hundredths, 0) as bigint) as volume_hundredths,
    coalesce(volume.volume_hundredths, 0) > 0 as is_allocated
from service_cost
full join
    volume
    on service_cost.municipality_code = volume.municipality_code
    and service_cost.period_start = volume.period_start
    and service_cost.service = volume.service
