with

    delivered as ({{ current_rows("scb", "fodelseregion") }}),

    renamed as (
        select
            region as municipality_name,
            cast(extract(year from _period_month) as integer) as population_year,
            alder as age,
            {{ recoded("scb", "fodelseregion", "kon") }} as sex,
            {{ recoded("scb", "fodelseregion", "fodelseregion") }} as birth_region,
            antal as resident_count
        from delivered
    )

select *
from renamed
