with

    delivered as ({{ current_rows("alfa", "hinder") }}),

    renamed as (
        select
            _area_code as municipality_code,
            _area_code || '-alfa-case-' || arende_id as case_key,
            personnummer_key as person_key,
            manad as benefit_month,
            {{ recoded("alfa", "hinder", "hinder") }} as obstacle
        from delivered
    )

select *
from renamed
