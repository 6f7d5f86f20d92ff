{{ persons_that_differ(ref("fct_assistance_month"), "benefit_month") }}
