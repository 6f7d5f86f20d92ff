{{
    indicator_cube(
        {"placement_year": ref("fct_placement_year")},
        ref("fct_collection"),
    )
}}
