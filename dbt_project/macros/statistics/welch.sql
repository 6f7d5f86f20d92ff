{#-
    Welch's interval of the second mean minus the first, from count, mean and variance of two
    independent samples (Welch 1947). Student's quantile is Cornish and Fisher's expansion in the
    degrees of freedom (Abramowitz and Stegun 26.7.5), within one in a thousand from four degrees
    on: null where a sample has fewer than five, or neither varies.
-#}
{% macro welch_reach(count_1, variance_1, count_2, variance_2, z=normal_95()) -%}
    {%- set error = (
        "(cast("
        ~ variance_1
        ~ " as double) / "
        ~ count_1
        ~ " + cast("
        ~ variance_2
        ~ " as double) / "
        ~ count_2
        ~ ")"
    ) -%}
    {#- One over the degrees of freedom by Welch and Satterthwaite. -#}
    {%- set per_freedom = (
        "((pow(cast("
        ~ variance_1
        ~ " as double) / "
        ~ count_1
        ~ ", 2) / ("
        ~ count_1
        ~ " - 1) + pow(cast("
        ~ variance_2
        ~ " as double) / "
        ~ count_2
        ~ ", 2) / ("
        ~ count_2
        ~ " - 1)) / pow("
        ~ error
        ~ ", 2))"
    ) -%}
    case
        when {{ count_1 }} >= 5 and {{ count_2 }} >= 5 and {{ error }} > 0
        then
            sqrt({{ error }}) * (
                {{ real(z) }}
                + {{ real((z**3 + z) / 4) }} * {{ per_freedom }}
                + {{ real((5 * z**5 + 16 * z**3 + 3 * z) / 96) }}
                * pow({{ per_freedom }}, 2)
                + {{ real((3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384) }}
                * pow({{ per_freedom }}, 3)
                + {{
                    real(
                        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z)
                        / 92160
                    )
                }} * pow({{ per_freedom }}, 4)
            )
    end
{%- endmacro %}
