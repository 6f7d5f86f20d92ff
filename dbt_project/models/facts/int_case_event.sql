{{
    union_staging(
        [ref("stg_alfa__handelselogg"), ref("stg_beta__steg")],
        [
            "municipality_code",
            "case_key",
            "application_key",
            "event_key",
            "event_date",
            "case_step",
        ],
    )
}}
