{{
    indicator_cube(
        {
            "population": ref("fct_population"),
            "user_cost": ref("fct_user_cost"),
        },
        ref("fct_collection"),
    )
}}
