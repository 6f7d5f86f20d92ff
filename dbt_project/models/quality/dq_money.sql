with

    paid as (
        select municipality_code, benefit_month, sum(amount_sek) as paid_sek
        from {{ ref("int_assistance_payment") }}
        group by 1, 2
    ),

    counted as (
        select municipality_code, benefit_month, sum(amount_sek) as counted_sek
        from {{ ref("fct_assistance_month") }}
        group by 1, 2
    )

select
    coalesce(paid.municipality_code, counted.municipality_code) as area_code,
    coalesce(paid.benefit_month, counted.benefit_month) as period_start,
    paid.paid_sek,
    counted.counted_sek,
    case
        when paid.paid_sek is distinct from counted.counted_sek
        then 'the shares of persons do not add up to what was paid'
    end as violation
from paid
full join
    counted
    on paid.municipality_code = counted.municipality_code
    and paid.benefit_month = counted.benefit_month
