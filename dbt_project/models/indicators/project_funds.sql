{{ indicator_cube({"project_grant": ref("fct_project_grant")}, ref("fct_collection")) }}
