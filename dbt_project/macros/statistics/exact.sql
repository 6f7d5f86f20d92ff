{#-
    Two-sided p value of Fisher's exact test that two groups have the same share: of all tables with
    the same margins, the probability of those no likelier than this one. Exact for the smallest
    counts; null where a group is empty. Tables more than twelve standard deviations from what is
    expected, and sixty beyond the one there is, are so rare that they are left out.
-#}
{% macro fisher_p(count_1, total_1, count_2, total_2) -%}
    {%- set both -%} ({{ count_1 }} + {{ count_2 }}) {%- endset -%}
    {%- set all = "(cast(" ~ total_1 ~ " as double) + " ~ total_2 ~ ")" -%}
    {%- set expected = (
        "(" ~ both ~ " * cast(" ~ total_1 ~ " as double) / " ~ all ~ ")"
    ) -%}
    {%- set far = (
        "(12 * sqrt(" ~ expected ~ " * " ~ total_2 ~ " / " ~ all ~ ") + 60)"
    ) -%}
    {%- set term -%}
        case
            when
                {{ log_table("k", total_1, both, total_2) }}
                <= {{ log_table(count_1, total_1, both, total_2) }} + 1e-7
            then
                exp(
                    {{ log_table("k", total_1, both, total_2) }}
                    - {{ log_choose(total_1 ~ " + " ~ total_2, both) }}
                )
            else 0
        end
    {%- endset -%}
    case
        when {{ total_1 }} > 0 and {{ total_2 }} > 0
        then
            least(
                {{
                    sum_over(
                        "k",
                        "greatest(0, "
                        ~ both
                        ~ " - "
                        ~ total_2
                        ~ ", cast(floor(least("
                        ~ count_1
                        ~ ", "
                        ~ expected
                        ~ ") - "
                        ~ far
                        ~ ") as bigint))",
                        "least("
                        ~ both
                        ~ ", "
                        ~ total_1
                        ~ ", cast(ceil(greatest("
                        ~ count_1
                        ~ ", "
                        ~ expected
                        ~ ") + "
                        ~ far
                        ~ ") as bigint))",
                        term,
                    )
                }},
                1
            )
    end
{%- endmacro %}

{#- Logarithm of the ways to find `count` cases in the first group and the rest in the second. -#}
{% macro log_table(count, total_1, both, total_2) -%}
    {{ log_choose(total_1, count) }} + {{ log_choose(total_2, both ~ " - " ~ count) }}
{%- endmacro %}

{% macro log_choose(total, count) -%}
    (
        {{ log_factorial(total) }}
        - {{ log_factorial(count) }}
        - {{ log_factorial("(" ~ total ~ ") - (" ~ count ~ ")") }}
    )
{%- endmacro %}
