with

    delivered as ({{ current_rows("alfa", "hushall") }}),

    renamed as (
        select
            _area_code as municipality_code,
            _area_code || '-alfa-case-' || arende_id as case_key,
            _area_code || '-alfa-member-' || rad_id as member_key,
            {{ identity("personnummer") }},
            {{ recoded("alfa", "hushall", "kon") }} as system_sex,
            {{ recoded("alfa", "hushall", "roll") }} as household_role,
            {{ recoded("alfa", "hushall", "fodelseland") }} as birth_region,
            fran as from_date,
            till as to_date
        from delivered
    )

select *
from renamed
