{#-
    Student's quantile of a two-sided interval of 95 per cent, from one divided by the degrees of
    freedom: between none (the normal deviate) and one, where it is smooth. A polynomial fitted by
    Chebyshev's, relative error below 1e-10.
-#}
{% macro student_95(per_freedom) -%}
    {{
        polynomial(
            [
                1.677724452149476e-06,
                -1.984674307660746e-06,
                -5.471505717024414e-06,
                7.933597295146641e-06,
                2.013071058151376e-06,
                -4.298782104136048e-07,
                -5.273912690775482e-06,
                3.105292705437074e-06,
                2.027799419710829e-04,
                7.708618935294907e-04,
                4.615287107819446e-03,
                2.442598691385443e-02,
                1.035033801420476e-01,
                3.750873691726704e-01,
                1.141610586571213e00,
                2.630138788306720e00,
                4.123195396675678e00,
                4.302652729741273e00,
            ],
            "(2.0 * " ~ per_freedom ~ " - 1)",
        )
    }}
{%- endmacro %}
