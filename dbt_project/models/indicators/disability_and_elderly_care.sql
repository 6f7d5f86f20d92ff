{{
    indicator_cube(
        {
            "population": ref("fct_population"),
            "service_decision": ref("fct_service_decision"),
            "service_volume": ref("fct_service_volume"),
        },
        ref("fct_collection"),
    )
}}
