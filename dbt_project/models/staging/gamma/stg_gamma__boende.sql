with

    delivered as ({{ current_rows("gamma", "boende") }}),

    renamed as (
        select
            _area_code as municipality_code,
            _area_code || '-gamma-dwelling-' || boende_id as placement_key,
            {{ identity("person") }},
            {{ recoded("gamma", "boende", "kon") }} as system_sex,
            {{ recoded("gamma", "boende", "fodd") }} as birth_region,
            {{ recoded("gamma", "boende", "boendeform") }} as placement_form,
            {{ recoded("gamma", "boende", "lagrum") }} as placement_ground,
            -- The register is of the municipality's own housing.
            'own' as placement_provider,
            enhet as unit,
            inflyttad as from_date,
            utflyttad as to_date,
            {{ recoded("gamma", "boende", "avslut") }} as placement_ending,
            {{ recoded("gamma", "boende", "orsak") }} as placement_ending_reason,
            {{ recoded("gamma", "boende", "mal") }} as goal_reached
        from delivered
    )

select *
from renamed
