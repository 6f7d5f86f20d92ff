with

    delivered as ({{ current_rows("folkbokforing", "skydd") }}),

    renamed as (
        select
            {{ identity("personnummer") }},
            {{ recoded("folkbokforing", "skydd", "skydd") }} as identity_protection
        from delivered
    )

select *
from renamed
