with

    alfa_decision as (
        select *
        from {{ ref("stg_alfa__beslut") }}
        -- Of several decisions on an application the last one stands.
        qualify
            row_number() over (
                partition by application_key
                order by decision_date desc, decision_key desc
            )
            = 1
    ),

    alfa as (
        select
            application.*,
            alfa_decision.decision_date,
            alfa_decision.outcome,
            alfa_decision.refusal_reason,
            alfa_decision.legal_ground,
            alfa_decision.granted_sek
        from {{ ref("stg_alfa__ansokan") }} as application
        left join
            alfa_decision on application.application_key = alfa_decision.application_key
    )

    {{
        union_staging(
            ["alfa", ref("stg_beta__arende")],
            [
                "municipality_code",
                "case_key",
                "application_key",
                "application_date",
                "person_key",
                "number_kind",
                "number_sex",
                "birth_year",
                "birth_month",
                "system_sex",
                "decision_date",
                "outcome",
                "refusal_reason",
                "legal_ground",
                "applied_sek",
                "granted_sek",
            ],
        )
    }}
