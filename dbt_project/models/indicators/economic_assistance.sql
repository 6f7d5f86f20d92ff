{{
    indicator_cube(
        {
            "assistance_application": ref("fct_assistance_application"),
            "assistance_month": ref("fct_assistance_month"),
            "checklist_answer": ref("fct_checklist_answer"),
            "comparison": ref("fct_comparison"),
            "population": ref("fct_population"),
        },
        ref("fct_collection"),
    )
}}
