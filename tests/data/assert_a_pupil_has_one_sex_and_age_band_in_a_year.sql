{{ persons_that_differ(ref("fct_course_choice"), "start_date") }}
