with

    delivered as ({{ current_rows("scb", "folkmangd") }}),

    renamed as (
        select
            region as municipality_name,
            cast(extract(year from _period_month) as integer) as population_year,
            alder as age,
            {{ recoded("scb", "folkmangd", "kon") }} as sex,
            antal as resident_count
        from delivered
    )

select *
from renamed
