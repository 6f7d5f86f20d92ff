with

    delivered as ({{ current_rows("delta", "stod") }}),

    renamed as (
        select
            _area_code as municipality_code,
            _area_code || '-delta-support-' || insats_nr as support_key,
            {{ identity("klient") }},
            {{ recoded("delta", "stod", "omrade") }} as problem_area,
            erbjudet as offered_on,
            fran as from_date,
            till as to_date
        from delivered
    )

select *
from renamed
