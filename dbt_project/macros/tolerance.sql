{#-
    Doubles carry the rounding of the division that made them: all of a sum is 100.00000000000001
    per cent of it. Two of them are the same up to a thousand-millionth of the larger, or of one.
    Sums are whole numbers or decimals and are compared exactly.
-#}
{% macro is_same(one, other) -%}
    abs({{ one }} - {{ other }}) <= 1e-9 * greatest(abs({{ one }}), abs({{ other }}), 1)
{%- endmacro %}

{% macro is_above(one, other) -%}
    {{ one }} - {{ other }} > 1e-9 * greatest(abs({{ one }}), abs({{ other }}), 1)
{%- endmacro %}
