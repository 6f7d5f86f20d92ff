{#- Select statement: persons whose sex, age band or birth region differs between the rows of a fact
    in one year. What the registry sums over must be constant for a person within a period. -#}
{% macro persons_that_differ(relation, date) %}
    select person_key, {{ period_start(date, "year") }} as period_start
    from {{ relation }}
    group by 1, 2
    having
        count(distinct sex) > 1
        or count(distinct age_band) > 1
        or count(distinct birth_region) > 1
{% endmacro %}
