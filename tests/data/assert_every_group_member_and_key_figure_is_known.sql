-- A member, key figure or indicator that nothing else knows would silently be left out.
select member.member_code as unknown
from {{ ref("kolada_groups") }} as member
left join {{ ref("kolada_areas") }} as area on member.member_code = area.area_code
where area.area_code is null
union all
select kpi.kpi
from {{ ref("kolada_kpis") }} as kpi
left join
    {{ ref("dim_indicator") }} as indicator
    on kpi.indicator_id = indicator.indicator_id
    and ', ' || indicator.kolada || ',' like '%, ' || kpi.kpi || ',%'
where kpi.indicator_id <> '' and indicator.indicator_id is null
union all
select benchmark_group.group_code
from {{ ref("benchmark_groups") }} as benchmark_group
left join
    {{ ref("kolada_groups") }} as member
    on benchmark_group.group_code = member.group_code
where member.group_code is null
