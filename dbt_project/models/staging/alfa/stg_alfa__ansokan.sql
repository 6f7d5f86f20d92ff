with

    delivered as ({{ current_rows("alfa", "ansokan") }}),

    renamed as (
        select
            _area_code as municipality_code,
            _area_code || '-' || arende_id as case_key,
            _area_code || '-' || ansokan_id as application_key,
            ansokningsdatum as application_date,
            avser_manad as benefit_month,
            sokande_personnummer_key as person_key,
            sokande_personnummer_kind as number_kind,
            sokande_personnummer_sex as number_sex,
            sokande_personnummer_birth_year as birth_year,
            sokande_personnummer_birth_month as birth_month,
            {{ recoded("alfa", "ansokan", "sokande_kon") }} as system_sex
        from delivered
    )

select *
from renamed
