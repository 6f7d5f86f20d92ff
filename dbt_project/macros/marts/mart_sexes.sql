{#- The columns of a measure by sex, of a mart that has the sexes side by side. -#}
{% macro columns_by_sex(measure) %}
    {%- if measure is mapping -%} {{ return(measure) }} {%- endif -%}
    {%- set columns = {} -%}
    {%- for sex in ["women", "men", "unknown", "total"] -%}
        {%- do columns.update({sex: sex ~ "_" ~ measure}) -%}
    {%- endfor -%}
    {{ return(columns) }}
{% endmacro %}

{#-
    Every cell of the marts that count on their own, beside the registry, with each measure of
    which women, men and unknown make the total: `add_up` of the mart's `sexes`, which are judged
    before dbt starts (orchestration/registry/blocks.py). `marts` maps names to relations, literal refs
    for the lineage's sake; a mart that declares measures and is not among them stops the build.
-#}
{% macro cells_by_sex(marts) %}
    {%- if execute -%}
        {%- for node in graph.nodes.values() -%}
            {%- if (
                node.resource_type == "model"
                and node.config.meta.get("sexes", {}).get("add_up")
                and node.name not in marts
            ) -%}
                {{
                    exceptions.raise_compiler_error(
                        node.name
                        ~ " says what adds up by sex: let "
                        ~ model.name
                        ~ " read it too"
                    )
                }}
            {%- endif -%}
        {%- endfor -%}
        {%- for mart, relation in marts.items() %}
            {%- set node = graph.nodes["model.jamvikt." ~ mart] -%}
            {%- set sexes = node.config.meta.sexes -%}
            {%- set key = (
                (
                    node.constraints
                    | selectattr("type", "equalto", "primary_key")
                    | first
                ).columns
                | reject("equalto", "sex")
                | list
            ) -%}
            {%- set area = (
                key
                | select("in", ["area_code", "municipality_code"])
                | list
            ) -%}
            {%- for measure in sexes.add_up %}
                {%- set columns = columns_by_sex(measure) %}
                select
                    '{{ mart }}' as mart,
                    '{{ columns.total if measure is mapping else measure }}' as measure,
                    {{ area | first | default("cast(null as varchar)", true) }}
                    as area_code,
                    {%- for column in key %}
                        '{{ column }} ' || cast({{ column }} as varchar)
                        {%- if not loop.last %} || ', ' || {% endif -%}
                    {%- endfor %} as cell,
                    {%- if "sex" in node.columns %}
                        {%- for sex in columns %}
                            max({{ measure }}) filter (
                                where sex = '{{ sex }}'
                            ) as {{ sex }},
                        {%- endfor %}
                        count(distinct sex) as sex_count,
                        {{ "true" if "absent" in sexes else "false" }} as may_be_absent
                    {%- else %}
                        {%- for sex, column in columns.items() %}
                            {{ column }} as {{ sex }},
                        {%- endfor %}
                        4 as sex_count,
                        false as may_be_absent
                    {%- endif %}
                from {{ relation }}
                {%- if "sex" in node.columns %}
                    group by {{ key | join(", ") }}
                {%- endif %}
                {%- if not loop.last %}
                    union all
                {% endif -%}
            {%- endfor %}
            {%- if not loop.last %}
                union all
            {% endif -%}
        {%- endfor %}
    {%- else %} select 0 as parsed
    {%- endif %}
{% endmacro %}
