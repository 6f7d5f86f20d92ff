-- An area whose name is not in seeds/kolada_areas.csv would silently be left out.
select distinct varden.area_name
from {{ ref("stg_kolada__varden") }} as varden
left join {{ ref("kolada_areas") }} as area on varden.area_name = area.area_name
where area.area_code is null
