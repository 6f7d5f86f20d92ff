with

    delivered as ({{ current_rows("socialstyrelsen", "ekonomiskt_bistand_manad") }}),

    renamed as (
        select
            _area_code as county_code,
            cast(
                ar
                || '-'
                || {{ recoded("socialstyrelsen", "ekonomiskt_bistand_manad", "manad") }}
                || '-01' as date
            ) as benefit_month,
            hushall as household_count,
            utbetalt as paid_tsek
        from delivered
    )

select *
from renamed
