with

    reported as (
        {{
            union_staging(
                [ref("stg_epsilon__utfort"), ref("stg_epsilon__extern")],
                [
                    "municipality_code",
                    "volume_key",
                    "person_key",
                    "is_known_person",
                    "service",
                    "provider",
                    "payer",
                    "service_month",
                    "unit",
                    "granted_quantity",
                    "performed_quantity",
                ],
            )
        }}
    )

-- One unit a service: minutes are hours here.
select
    municipality_code,
    coalesce(person_key, md5(volume_key)) as person_key,
    is_known_person,
    service,
    coalesce(provider, 'unknown') as provider,
    payer,
    service_month,
    case when unit = 'minutes' then 'hours' else unit end as unit,
    case
        when unit = 'minutes' then granted_quantity / 60.0 else granted_quantity
    end as granted_quantity,
    case
        when unit = 'minutes' then performed_quantity / 60.0 else performed_quantity
    end as performed_quantity
from reported
