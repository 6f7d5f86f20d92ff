{#-
    Intervals in closed form, 95 per cent unless told otherwise. `count` of `total` may be
    fractions of an effective total: what matters is the share and how much it rests on.
-#}
{#- The deviate of a two-sided interval of 95 per cent. -#}
{% macro normal_95() -%} {{ return(1.959963984540054) }} {%- endmacro %}

{#- Below so many persons nothing is said of a difference. -#}
{% macro fewest_persons() -%} {{ return(30) }} {%- endmacro %}

{#- Kinds of estimate whose error nothing of the cube tells. -#}
{% macro has_no_error(estimate_kind) -%}
    {{ estimate_kind }} in ('count', 'index', 'quantile')
{%- endmacro %}

{#-
    A number as a double. Written plainly it would be a decimal, and a whole number added to one
    of sixteen decimals has two digits left before the point.
-#}
{% macro real(number) -%} {{ "%.16e" | format(number) }} {%- endmacro %}

{#- Wilson's interval of a share: its centre, and how far it reaches to both sides. -#}
{% macro wilson_centre(count, total, z=normal_95()) -%}
    (
        (cast({{ count }} as double) + {{ real(z * z / 2) }})
        / ({{ total }} + {{ real(z * z) }})
    )
{%- endmacro %}

{% macro wilson_reach(count, total, z=normal_95()) -%}
    (
        {{ real(z) }} * sqrt(
            greatest(
                cast({{ count }} as double) * ({{ total }} - {{ count }}) / {{ total }},
                0
            )
            + {{ real(z * z / 4) }}
        )
        / ({{ total }} + {{ real(z * z) }})
    )
{%- endmacro %}

{% macro wilson_lo(count, total, z=normal_95()) -%}
    case
        when {{ total }} > 0
        then
            greatest(
                {{ wilson_centre(count, total, z) }}
                - {{ wilson_reach(count, total, z) }},
                0
            )
    end
{%- endmacro %}

{% macro wilson_hi(count, total, z=normal_95()) -%}
    case
        when {{ total }} > 0
        then
            least(
                {{ wilson_centre(count, total, z) }}
                + {{ wilson_reach(count, total, z) }},
                1
            )
    end
{%- endmacro %}

{#-
    Squared relative error of a quotient of sums over persons (the ratio estimator): persons are
    independent of each other, what one person adds is not. What is not known of the denominator
    counts as none: a published one is fixed, and without products the interval is too wide
    rather than too narrow.
-#}
{% macro relative_variance(
    numerator, denominator, squares, products, denominator_squares
) -%}
    case
        when {{ numerator }} > 0 and {{ denominator }} > 0
        then
            greatest(
                cast({{ squares }} as double) / pow(cast({{ numerator }} as double), 2)
                - 2
                * cast(coalesce({{ products }}, 0) as double)
                / (cast({{ numerator }} as double) * cast({{ denominator }} as double))
                + cast(coalesce({{ denominator_squares }}, 0) as double)
                / pow(cast({{ denominator }} as double), 2),
                0
            )
    end
{%- endmacro %}

{#-
    Rows of one person are not independent: a share of them rests on as many as would give the same
    variance if they were. Where that is nothing, on the persons.
-#}
{% macro effective_total(share, relative_variance, denominator, person_count) -%}
    case
        when {{ share }} > 0 and {{ share }} < 1 and {{ relative_variance }} > 0
        then
            least(
                cast({{ denominator }} as double),
                (1 - {{ share }}) / ({{ share }} * {{ relative_variance }})
            )
        else cast({{ person_count }} as double)
    end
{%- endmacro %}

{#-
    Byar's interval of a count of independent events. Of events that come several to a person, the
    count is an effective one: as many independent ones as would vary as much.
-#}
{% macro byar_lo(count, z=normal_95()) -%}
    case
        when {{ count }} > 0
        then
            cast({{ count }} as double) * pow(
                1
                - 1 / (9 * cast({{ count }} as double))
                - {{ real(z / 3) }} / sqrt(cast({{ count }} as double)),
                3
            )
        else 0
    end
{%- endmacro %}

{% macro byar_hi(count, z=normal_95()) -%}
    (
        (cast({{ count }} as double) + 1) * pow(
            1
            - 1 / (9 * (cast({{ count }} as double) + 1))
            + {{ real(z / 3) }} / sqrt(cast({{ count }} as double) + 1),
            3
        )
    )
{%- endmacro %}

{#-
    How far a mean or rate of persons reaches, 95 per cent, on the logarithmic scale: what it is
    multiplied and divided by. The squared relative error is that of the persons themselves; as a
    sample it is n/(n - 1) of it, and the quantile is Student's. Null where it does not vary.
-#}
{% macro log_reach(relative_variance, person_count) -%}
    case
        when {{ person_count }} > 1 and {{ relative_variance }} > 0
        then
            exp(
                sqrt({{ sample_variance(relative_variance, person_count) }})
                * {{ student_95("(1 / (cast(" ~ person_count ~ " as double) - 1))") }}
            )
    end
{%- endmacro %}
