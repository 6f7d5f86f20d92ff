with

    delivered as ({{ current_rows("epsilon", "insats") }}),

    renamed as (
        select
            _area_code as municipality_code,
            _area_code || '-epsilon-spell-' || rad_id as spell_key,
            {{ identity("personnummer") }},
            {{ recoded("epsilon", "insats", "kon") }} as system_sex,
            {{ recoded("epsilon", "insats", "fodelseland") }} as birth_region,
            {{ recoded("epsilon", "insats", "insats") }} as service,
            _area_code || '-' || enhet as unit_code,
            {{ recoded("epsilon", "insats", "regi") }} as provider,
            fran as from_date,
            till as to_date
        from delivered
    )

select *
from renamed
