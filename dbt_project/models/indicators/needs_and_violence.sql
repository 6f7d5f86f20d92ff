{{
    indicator_cube(
        {
            "client_need": ref("fct_client_need"),
            "client_year": ref("fct_client_year"),
            "screening": ref("fct_screening"),
        },
        ref("fct_collection"),
    )
}}
