with

    ledger_entry as (
        {{
            union_staging(
                [ref("stg_ekonomi__sie"), ref("stg_ekonomi__transaktion")],
                [
                    "ledger_entry_key",
                    "municipality_code",
                    "booking_date",
                    "account",
                    "unit_code",
                    "activity_code",
                    "counterparty",
                    "amount_sek",
                ],
            )
        }}
    ),

    activity as (
        select activity_code, service_code, is_common_cost
        from {{ ref("ledger_activities") }}
    )

select
    ledger_entry.ledger_entry_key,
    ledger_entry.municipality_code,
    ledger_entry.booking_date,
    'none' as sex,
    ledger_entry.account,
    ledger_entry.unit_code,
    ledger_entry.activity_code,
    activity.service_code as service,
    coalesce(activity.is_common_cost, false) as is_common_cost,
    ledger_entry.counterparty,
    -- By the classes of Kommun-Bas, the first digit of an account.
    case
        when ledger_entry.account < '3'
        then 'balance_sheet'
        when ledger_entry.account >= '8'
        then 'financial'
        when ledger_entry.account >= '4'
        then 'gross_cost'
        when ledger_entry.counterparty = 'own_municipality'
        then 'internal_income'
        when ledger_entry.counterparty = 'other_municipality'
        then 'sales_to_others'
        else 'other_income'
    end as entry_kind,
    ledger_entry.amount_sek
from ledger_entry
left join activity on ledger_entry.activity_code = activity.activity_code
