{{ indicator_cube({"survey_answer": ref("fct_survey_answer")}, ref("fct_collection")) }}
