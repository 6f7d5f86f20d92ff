with

    delivered as ({{ current_rows("beta", "person") }}),

    renamed as (
        select
            _area_code as municipality_code,
            _area_code || '-beta-case-' || arende_nr as case_key,
            _area_code || '-beta-member-' || post_nr as member_key,
            {{ identity("pnr") }},
            {{ recoded("beta", "person", "kon") }} as system_sex,
            {{ recoded("beta", "person", "roll") }} as household_role,
            {{ recoded("beta", "person", "fodd_utomlands") }} as birth_region,
            from_datum as from_date,
            tom_datum as to_date
        from delivered
    )

select *
from renamed
