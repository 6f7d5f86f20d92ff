{{
    union_staging(
        [ref("stg_alfa__checklista"), ref("stg_beta__checklista")],
        ["application_key", "checklist_item", "is_answered"],
    )
}}
