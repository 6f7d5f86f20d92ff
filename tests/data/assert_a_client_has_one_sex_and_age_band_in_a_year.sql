{{ persons_that_differ(ref("fct_client_year"), "year_start") }}
