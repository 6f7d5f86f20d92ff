{{
    indicator_cube(
        {
            "register_comparison": ref("fct_register_comparison"),
            "register_outcome": ref("fct_register_outcome"),
        },
        ref("fct_collection"),
    )
}}
