with

    delivered as ({{ current_rows("alfa", "ansokan") }}),

    renamed as (
        select
            _area_code as municipality_code,
            _area_code || '-alfa-case-' || arende_id as case_key,
            _area_code || '-alfa-application-' || ansokan_id as application_key,
            ansokningsdatum as application_date,
            avser_manad as benefit_month,
            {{ identity("sokande_personnummer") }},
            {{ recoded("alfa", "ansokan", "sokande_kon") }} as system_sex,
            sokt_belopp as applied_sek
        from delivered
    )

select *
from renamed
