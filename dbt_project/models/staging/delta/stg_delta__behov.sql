with

    delivered as ({{ current_rows("delta", "behov") }}),

    renamed as (
        select
            _area_code as municipality_code,
            -- Assessments and occasions are numbered alike.
            _area_code || '-delta-need-' || behov_nr as need_key,
            {{ identity("klient") }},
            {{ recoded("delta", "behov", "kon") }} as system_sex,
            {{ recoded("delta", "behov", "fodelseland") }} as birth_region,
            andrad as changed_on,
            {{ recoded("delta", "behov", "omrade") }} as problem_area,
            identifierat as identified_on,
            {{ recoded("delta", "behov", "niva_start") }} as need_level,
            avslutat as ended_on,
            {{ recoded("delta", "behov", "niva_slut") }} as need_level_end
        from delivered
    )

select *
from renamed
