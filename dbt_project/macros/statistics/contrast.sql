{#-
    Two estimates beside each other: of women and men, of a year and the one before, of a group and
    the rest. Each brings its value and the bounds of that; what their difference can be follows from
    these by square and add (MOVER: Zou and Donner 2008), so that one formula serves shares, means,
    rates and sums of them. Of two shares with Wilson's bounds it is Newcombe's interval (1998,
    method 10). Null where a bound is not known.
-#}
{% macro difference_lo(left, left_lo, right, right_hi) -%}
    (
        {{ left }}
        - {{ right }}
        - sqrt(
            pow({{ left }} - {{ left_lo }}, 2) + pow({{ right_hi }} - {{ right }}, 2)
        )
    )
{%- endmacro %}

{% macro difference_hi(left, left_hi, right, right_lo) -%}
    (- {{ difference_lo(right, right_lo, left, left_hi) }})
{%- endmacro %}

{#-
    What one side's mean or rate by the other's is known to, on the logarithmic scale: the squared
    relative error of a sample of persons, and one over the degrees of freedom of both together
    (Welch and Satterthwaite).
-#}
{% macro sample_variance(relative_variance, person_count) -%}
    (
        {{ relative_variance }}
        * {{ person_count }}
        / (cast({{ person_count }} as double) - 1)
    )
{%- endmacro %}

{% macro per_freedom(variance_1, count_1, variance_2, count_2) -%}
    (
        (
            pow(cast({{ variance_1 }} as double), 2)
            / (cast({{ count_1 }} as double) - 1)
            + pow(cast({{ variance_2 }} as double), 2)
            / (cast({{ count_2 }} as double) - 1)
        )
        / pow(cast({{ variance_1 }} as double) + {{ variance_2 }}, 2)
    )
{%- endmacro %}

{#-
    How far two shares lie apart in errors of the share that both would have if they had the same
    one. Nobody or everybody on both sides: there is no difference to find.
-#}
{% macro share_deviate(share_1, total_1, share_2, total_2) -%}
    {%- set pooled -%}
        (
            (
                cast({{ share_1 }} as double) * {{ total_1 }}
                + cast({{ share_2 }} as double) * {{ total_2 }}
            )
            / (cast({{ total_1 }} as double) + {{ total_2 }})
        )
    {%- endset -%}
    case
        when {{ pooled }} > 0 and {{ pooled }} < 1
        then
            (cast({{ share_1 }} as double) - {{ share_2 }}) / sqrt(
                {{ pooled }}
                * (1 - {{ pooled }})
                * (
                    1 / cast({{ total_1 }} as double)
                    + 1 / cast({{ total_2 }} as double)
                )
            )
        when {{ total_1 }} > 0 and {{ total_2 }} > 0
        then 0
    end
{%- endmacro %}

{#-
    Two-sided p value of events that only one side has: how often chance would put all of them there,
    if both had them as often, doubled (the exact conditional test of two counts). Events that come
    several to a person count as so many independent ones as would vary as much.
-#}
{% macro one_sided_events_p(events, exposure, other_exposure) -%}
    least(
        2 * pow(
            cast({{ exposure }} as double)
            / (cast({{ exposure }} as double) + {{ other_exposure }}),
            {{ events }}
        ),
        1
    )
{%- endmacro %}
