{#-
    What the sexes are called, one row for each with `is_children`: children are girls and boys in
    every label. `one_label` is what a single one is called in a sentence.
-#}
{% macro sex_labels() %}
    select
        plural.code as sex,
        plural.axis = 'sex_of_children' as is_children,
        plural.label_sv,
        plural.label_en,
        single.label_sv as one_label_sv,
        single.label_en as one_label_en
    from {{ ref("dim_category") }} as plural
    left join
        {{ ref("dim_category") }} as single
        on plural.axis || '_singular' = single.axis
        and plural.code = single.code
    where plural.axis in ('sex', 'sex_of_children')
{% endmacro %}

{#- Whether a row is about children: all that it counts are, or its age band is one of theirs. -#}
{% macro is_about_children(ages, age_band=none) -%}
    (
        coalesce({{ ages }} = 'children', false)
        {%- if age_band %}
            or coalesce({{ age_band }}.parent_code = 'children', false)
        {%- endif %}
    )
{%- endmacro %}
