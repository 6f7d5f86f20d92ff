with

    delivered as ({{ current_rows("kulturskola", "kursval") }}),

    renamed as (
        select
            _area_code as municipality_code,
            _area_code || '-kulturskola-choice-' || val_nr as choice_key,
            {{ identity("elev") }},
            {{ recoded("kulturskola", "kursval", "kon") }} as system_sex,
            borjar as start_date,
            {{ recoded("kulturskola", "kursval", "kurs") }} as instrument
        from delivered
    )

select *
from renamed
