{#-
    Cells of a published fact. Sex and region of birth are looked up, never summed, for the agency's
    totals may differ from the sum of the parts; ages are summed, for agencies publish single years.
    County and all are the sum of the municipalities that sent `areas_of` in the period.
-#}
{% macro published_cells(group, relation, collection) %}
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
        from {{ relation }} as published
        where
            area_level = 'municipality'
            and {{ is_of_areas(group, "published.area_code", collection) }}
    ),
    {{ group.name }}_area as (
        select area_level, area_code, {{ others }}
        from {{ relation }}
        where area_level <> 'municipality'
        union all
        select
            counted_on.area_level,
            {{ area_code_on("counted_on.area_level", "municipality.area_code") }},
            municipality.{{ others | replace(", ", ", municipality.") }}
        from {{ group.name }}_municipality as municipality
        inner join counted_on on counted_on.is_mover
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
            'total' as category,
            {% if sums_ages and has_birth -%}
                case
                    when grouping(age_band) = 1 and birth_region = 'total'
                    then 'total'
                    when grouping(age_band) = 1
                    then 'birth_region'
                    when birth_region = 'total'
                    then 'age_band'
                    else 'age_band birth_region'
                end
            {%- elif sums_ages -%}
                case when grouping(age_band) = 1 then 'total' else 'age_band' end
            {%- elif has_birth -%}
                case when birth_region = 'total' then 'total' else 'birth_region' end
            {%- else -%} 'total'
            {%- endif %} as breakdown
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
