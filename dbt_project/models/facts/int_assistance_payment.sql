{{
    union_staging(
        [ref("stg_alfa__utbetalning"), ref("stg_beta__betalning")],
        [
            "municipality_code",
            "case_key",
            "payment_key",
            "benefit_month",
            "payment_date",
            "amount_sek",
        ],
    )
}}
