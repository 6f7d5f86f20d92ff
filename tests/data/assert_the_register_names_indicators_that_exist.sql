-- A slip in a strategist's workbook must not stop the night: the row is kept and named
-- here, and mart_effect_chain says why it shows nothing.
{{ config(severity="warn") }}

select 'improvement' as kind, named.municipality_code, named.indicator_id
from {{ ref("fct_improvement") }} as named
left join
    {{ ref("dim_indicator") }} as indicator
    on named.indicator_id = indicator.indicator_id
where named.indicator_id is not null and indicator.indicator_id is null
union all
select distinct 'target', named.municipality_code, named.indicator_id
from {{ ref("fct_target") }} as named
left join
    {{ ref("dim_indicator") }} as indicator
    on named.indicator_id = indicator.indicator_id
where indicator.indicator_id is null
