{#-
    Bounds of a relative risk, the first group's by the second's, on the log scale; null where one
    of the groups has no cases.
-#}
{% macro relative_risk_lo(count_1, total_1, count_2, total_2, z=normal_95()) -%}
    {{ relative_risk_at(count_1, total_1, count_2, total_2, -z) }}
{%- endmacro %}

{% macro relative_risk_hi(count_1, total_1, count_2, total_2, z=normal_95()) -%}
    {{ relative_risk_at(count_1, total_1, count_2, total_2, z) }}
{%- endmacro %}

{% macro relative_risk_at(count_1, total_1, count_2, total_2, z) -%}
    case
        when {{ count_1 }} > 0 and {{ count_2 }} > 0
        then
            exp(
                ln(
                    cast({{ count_1 }} as double)
                    / {{ total_1 }}
                    / (cast({{ count_2 }} as double) / {{ total_2 }})
                )
                + {{ real(z) }}
                * sqrt(
                    1.0 / {{ count_1 }}
                    - 1.0 / {{ total_1 }}
                    + 1.0 / {{ count_2 }}
                    - 1.0 / {{ total_2 }}
                )
            )
    end
{%- endmacro %}
