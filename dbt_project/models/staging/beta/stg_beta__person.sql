with

    delivered as ({{ current_rows("beta", "person") }}),

    renamed as (
        select
            _area_code as municipality_code,
            _area_code || '-' || arende_nr as case_key,
            _area_code || '-' || post_nr as member_key,
            pnr_key as person_key,
            pnr_kind as number_kind,
            pnr_sex as number_sex,
            pnr_birth_year as birth_year,
            pnr_birth_month as birth_month,
            {{ recoded("beta", "person", "kon") }} as system_sex,
            {{ recoded("beta", "person", "roll") }} as household_role,
            {{ recoded("beta", "person", "fodd_utomlands") }} as birth_region,
            from_datum as from_date,
            tom_datum as to_date
        from delivered
    )

select *
from renamed
