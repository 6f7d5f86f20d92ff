{#-
    Two-sided p value of a standard normal deviate: the complementary error function by the
    Chebyshev fit of Numerical Recipes (erfcc), with a relative error below 1.2e-7 everywhere.
-#}
{% macro two_sided_p(deviate) -%}
    {%- set x = "(abs(" ~ deviate ~ ") / sqrt(2.0))" -%}
    {%- set t = "(1 / (1 + " ~ x ~ " / 2))" -%}
    {%- set terms = [
        "0.17087277",
        "-0.82215223",
        "1.48851587",
        "-1.13520398",
        "0.27886807",
        "-0.18628806",
        "0.09678418",
        "0.37409196",
        "1.00002368",
        "-1.26551223",
    ] -%}
    {%- set fit = namespace(sql="cast(" ~ terms[0] ~ " as double)") -%}
    {%- for term in terms[1:] -%}
        {%- set fit.sql = "(" ~ term ~ " + " ~ t ~ " * " ~ fit.sql ~ ")" -%}
    {%- endfor -%}
    least({{ t }} * exp(- {{ x }} * {{ x }} + {{ fit.sql }}), 1)
{%- endmacro %}

{#-
    Benjamini and Hochberg's q value of a p value among those of its family: the share of false
    finds to expect if everything up to here counts as found. `family` and `tie` are columns.
-#}
{% macro false_discovery_rank(p_value, family, tie) -%}
    row_number() over (partition by {{ family }} order by {{ p_value }}, {{ tie }})
{%- endmacro %}

{% macro false_discovery_q(p_value, rank, family_count, family) -%}
    least(
        min({{ p_value }} * {{ family_count }} / {{ rank }}) over (
            partition by {{ family }}
            order by {{ rank }} desc
            rows between unbounded preceding and current row
        ),
        1
    )
{%- endmacro %}
