{#-
    Cells of a published fact. Sex and region of birth are looked up, never summed, for the agency's
    totals may differ from the sum of the parts; ages are summed, for agencies publish single years.
    County and all are the sum of the municipalities that take part in `areas_of`.
-#}
{% macro published_cells(group, relation, participants) %}
    {%- set axes = group.sets | sum(start=[]) | unique | list -%}
    {%- set sums_ages = (
        "age_band" in graph.nodes["model.jamvikt.fct_" ~ group.fact].columns
    ) -%}
    {%- set has_birth = (
        "birth_region"
        in graph.nodes["model.jamvikt.fct_" ~ group.fact].columns
    ) -%}
    {%- set others = (
        graph.nodes["model.jamvikt.fct_" ~ group.fact].columns.keys()
        | reject("in", ["area_level", "area_code"])
        | join(", ")
    ) %}
    {{ group.name }}_municipality as (
        select *
        from {{ relation }}
        where
            area_level = 'municipality'
            and area_code in (
                select area_code
                from {{ participants }}
                where fact = '{{ group.areas_of }}'
            )
    ),
    {{ group.name }}_area as (
        select area_level, area_code, {{ others }}
        from {{ relation }}
        where area_level <> 'municipality'
        {% for level, area_code in area_levels().items() -%}
            union all
            select
                '{{ level }}',
                {{ area_code | replace("municipality_code", "area_code") }},
                {{ others }}
            from {{ group.name }}_municipality
        {% endfor %}
    ),
    {{ group.name }} as (
        select
            area_level,
            area_code,
            {{ period_start(group.date, group.period) }} as period_start,
            sex,
            {% if sums_ages %}
                case when grouping(age_band) = 1 then 'total' else age_band end
            {%- else %} 'total'
            {%- endif %} as age_band,
            {{ "birth_region" if has_birth else "'total'" }} as birth_region,
            'total' as category_axis,
            'total' as category
            {%- for measure in group.measures %}
                ,
                sum({{ measure.expression if measure.kind == "sum" else 1 }}) filter (
                    where {{ measure.where }}
                ) as quantity_{{ loop.index0 }}
            {%- endfor %}
        from {{ group.name }}_area
        group by
            grouping sets (
                (
                    area_level,
                    area_code,
                    {{ period_start(group.date, group.period) }},
                    sex {{- ", birth_region" if has_birth }}
                )
                {%- if sums_ages %}
                    ,
                    (
                        area_level,
                        area_code,
                        {{ period_start(group.date, group.period) }},
                        sex,
                        age_band {{- ", birth_region" if has_birth }}
                    )
                {%- endif %}
            )
    )
{% endmacro %}
