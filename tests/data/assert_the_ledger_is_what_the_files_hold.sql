-- To the öre and the row, by municipality, month and account.
with
    delivered as (
        select municipality_code, booking_date, account, amount_sek
        from {{ ref("stg_ekonomi__sie") }}
        union all
        select municipality_code, booking_date, account, amount_sek
        from {{ ref("stg_ekonomi__transaktion") }}
    ),

    delivered_sum as (
        select
            municipality_code,
            {{ period_start("booking_date", "month") }} as month,
            account,
            count(*) as row_count,
            sum(amount_sek) as amount_sek
        from delivered
        group by 1, 2, 3
    ),

    booked_sum as (
        select
            municipality_code,
            {{ period_start("booking_date", "month") }} as month,
            account,
            count(*) as row_count,
            sum(amount_sek) as amount_sek
        from {{ ref("fct_ledger_entry") }}
        group by 1, 2, 3
    )

select delivered_sum.*, booked_sum.row_count, booked_sum.amount_sek
from delivered_sum
full join
    booked_sum
    on delivered_sum.municipality_code = booked_sum.municipality_code
    and delivered_sum.month = booked_sum.month
    and delivered_sum.account = booked_sum.account
where
    delivered_sum.row_count is distinct from booked_sum.row_count
    or delivered_sum.amount_sek is distinct from booked_sum.amount_sek
