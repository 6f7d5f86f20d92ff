{{
    indicator_cube(
        {"case_step": ref("fct_case_step")},
        ref("fct_collection"),
    )
}}
