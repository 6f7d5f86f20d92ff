with

    delivered as ({{ current_rows("forbattring", "malvarde") }}),

    renamed as (
        select
            _area_code as municipality_code,
            indikator as indicator_id,
            ar as year,
            malvarde_kvinnor as women_target,
            malvarde_man as men_target,
            styrdokument as steering_document,
            diarienummer as diary_number
        from delivered
    )

select *
from renamed
