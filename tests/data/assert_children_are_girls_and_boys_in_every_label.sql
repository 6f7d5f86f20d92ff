{%- set marts = {
    "mart_effect_chain": ref("mart_effect_chain"),
    "mart_indicator": ref("mart_indicator"),
    "mart_multiproblem": ref("mart_multiproblem"),
    "mart_need_adjusted": ref("mart_need_adjusted"),
    "mart_pathway": ref("mart_pathway"),
    "mart_pathway_transition": ref("mart_pathway_transition"),
    "mart_process_funnel": ref("mart_process_funnel"),
    "mart_project_funds": ref("mart_project_funds"),
    "mart_quarterly_report": ref("mart_quarterly_report"),
    "mart_revision": ref("mart_revision"),
    "mart_subgroup_rank": ref("mart_subgroup_rank"),
    "mart_target": ref("mart_target"),
    "mart_violence_screening": ref("mart_violence_screening"),
} -%}
{%- if execute -%}
    {%- for node in graph.nodes.values() -%}
        {%- if (
            node.resource_type == "model"
            and node.fqn[1] == "marts"
            and "sex_label_sv" in node.columns
            and node.name not in marts
        ) -%}
            {{
                exceptions.raise_compiler_error(
                    node.name ~ " names the sexes: let this test read it too"
                )
            }}
        {%- endif -%}
    {%- endfor -%}
{%- endif %}
-- In every mart that names the sexes: a row about children, by its indicator, by its
-- ages or by its age band, names no women or men, and no other names girls or boys.
with
    indicator as (select indicator_id, ages from {{ ref("dim_indicator") }}),

    said as (
        {%- for mart, relation in marts.items() %}
            {%- set columns = (
                graph.nodes["model.jamvikt." ~ mart].columns
                if execute
                else []
            ) %}
            select distinct
                '{{ mart }}' as mart,
                mart.sex_label_sv,
                mart.sex_label_en,
                false
                {%- if "indicator_id" in columns %}
                    or coalesce(indicator.ages, 'all') = 'children'
                {%- endif %}
                {%- if "ages" in columns %} or mart.ages = 'children' {%- endif %}
                {%- if "age_band" in columns %}
                    or mart.age_band in ('00-05', '06-12', '13-17')
                {%- endif %} as is_about_children
            from {{ relation }} as mart
            {%- if "indicator_id" in columns %}
                left join indicator on mart.indicator_id = indicator.indicator_id
            {%- endif %}
            {%- if not loop.last %}
                union all
            {% endif -%}
        {%- endfor %}
    )

select *
from said
where
    is_about_children
    and (sex_label_sv in ('Kvinnor', 'Män') or sex_label_en in ('Women', 'Men'))
    or not is_about_children
    and (sex_label_sv in ('Flickor', 'Pojkar') or sex_label_en in ('Girls', 'Boys'))
