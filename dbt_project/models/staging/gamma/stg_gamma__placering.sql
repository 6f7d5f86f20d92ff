with

    delivered as ({{ current_rows("gamma", "placering") }}),

    renamed as (
        select
            _area_code as municipality_code,
            _area_code || '-gamma-placement-' || placering_id as placement_key,
            {{ identity("personnummer") }},
            {{ recoded("gamma", "placering", "kon") }} as system_sex,
            {{ recoded("gamma", "placering", "fodd") }} as birth_region,
            {{ recoded("gamma", "placering", "form") }} as placement_form,
            {{ recoded("gamma", "placering", "lagrum") }} as placement_ground,
            {{ recoded("gamma", "placering", "utforare") }} as placement_provider,
            enhet as unit,
            fran as from_date,
            till as to_date,
            {{ recoded("gamma", "placering", "avslut") }} as placement_ending,
            {{ recoded("gamma", "placering", "avslutsorsak") }}
            as placement_ending_reason,
            {{ recoded("gamma", "placering", "mal_uppnatt") }} as goal_reached
        from delivered
    )

select *
from renamed
