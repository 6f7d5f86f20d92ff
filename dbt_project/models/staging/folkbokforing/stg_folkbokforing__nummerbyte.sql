with

    delivered as ({{ current_rows("folkbokforing", "nummerbyte") }}),

    renamed as (
        select
            tidigare_nummer_key as number_key,
            tidigare_nummer_sex as earlier_number_sex,
            bytesdag as changed_on,
            {{ identity("nytt_nummer") }}
        from delivered
    )

select *
from renamed
