with

    volume as (select * from {{ ref("int_costed_volume") }}),

    priced as (
        select
            volume.*,
            unit_price.is_allocated,
            unit_price.cost_ore as service_cost_ore,
            unit_price.volume_hundredths as service_volume_hundredths,
            sum(volume.volume_hundredths) over (
                partition by
                    volume.municipality_code, volume.period_start, volume.service
                order by
                    volume.person_key,
                    volume.service_month,
                    volume.provider,
                    volume.payer
                rows between unbounded preceding and current row
            ) as volume_so_far,
            sum(volume.performed_quantity) over (
                partition by
                    volume.municipality_code,
                    volume.person_key,
                    volume.service_month,
                    volume.service
            ) as month_quantity
        from volume
        inner join
            {{ ref("int_unit_price") }} as unit_price
            on volume.municipality_code = unit_price.municipality_code
            and volume.period_start = unit_price.period_start
            and volume.service = unit_price.service
    ),

    {# A person's amount is what the cost runs up to with them, less what it ran up to before: the amounts
       add up to the ledger, and each is within an öre of volume times price. -#}
    with_amount as (
        select
            *,
            case
                when is_allocated
                then
                    {{
                        proportional_part(
                            "service_cost_ore",
                            "volume_so_far",
                            "service_volume_hundredths",
                        )
                    }}
                    - {{
                        proportional_part(
                            "service_cost_ore",
                            "volume_so_far - volume_hundredths",
                            "service_volume_hundredths",
                        )
                    }}
                else 0
            end as amount_ore
        from priced
    )

select
    with_amount.municipality_code,
    with_amount.person_key,
    with_amount.service_month,
    with_amount.service,
    with_amount.provider,
    with_amount.payer,
    with_amount.service_type,
    with_amount.sex,
    with_amount.age_band,
    with_amount.age_interval,
    with_amount.is_adult,
    with_amount.birth_region,
    with_amount.is_known_person,
    with_amount.unit,
    with_amount.performed_quantity,
    cast(
        with_amount.amount_ore * cast(0.01 as decimal(3, 2)) as decimal(14, 2)
    ) as amount_sek,
    coalesce(
        with_amount.month_quantity > outlier_limit.quantity_per_month, false
    ) as is_outlier
from with_amount
left join
    {{ ref("outlier_limits") }} as outlier_limit
    on with_amount.service = outlier_limit.service
    and with_amount.unit = outlier_limit.unit
