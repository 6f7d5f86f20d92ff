with

    delivered as ({{ current_rows("beta", "hinder") }}),

    renamed as (
        select
            _area_code as municipality_code,
            _area_code || '-beta-case-' || arende_nr as case_key,
            pnr_key as person_key,
            manad as benefit_month,
            {{ recoded("beta", "hinder", "hinderkod") }} as obstacle
        from delivered
    )

select *
from renamed
