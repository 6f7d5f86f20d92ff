{#-
    What the sexes are called, one row for each with `is_children`: children are girls and boys in
    every label. `one_label` is what a single one is called in a sentence.
-#}
{% macro sex_labels() %}
    select
        sex.code as sex,
        false as is_children,
        sex.label_sv,
        sex.label_en,
        one.label_sv as one_label_sv,
        one.label_en as one_label_en
    from {{ ref("dim_category") }} as sex
    left join
        {{ ref("word_forms") }} as one
        on sex.axis = one.axis
        and sex.code = one.code
        and one.form = 'one'
    where sex.axis = 'sex'
    union all
    select
        sex.code,
        true,
        coalesce(children.label_sv, sex.label_sv),
        coalesce(children.label_en, sex.label_en),
        one_child.label_sv,
        one_child.label_en
    from {{ ref("dim_category") }} as sex
    left join
        {{ ref("word_forms") }} as children
        on sex.axis = children.axis
        and sex.code = children.code
        and children.form = 'children'
    left join
        {{ ref("word_forms") }} as one_child
        on sex.axis = one_child.axis
        and sex.code = one_child.code
        and one_child.form = 'one_child'
    where sex.axis = 'sex'
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
