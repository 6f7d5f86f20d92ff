{{
    indicator_cube(
        {
            "course_choice": ref("fct_course_choice"),
            "population": ref("fct_population"),
        },
        ref("fct_collection"),
        models={"course_dissimilarity": ref("course_dissimilarity")},
    )
}}
