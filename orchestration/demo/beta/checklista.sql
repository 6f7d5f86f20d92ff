select
    checklist_answer.municipality_code as _area,
    period_by_half(application_date) as _period,
    received(application_date, 6, 1, 15) as _received,
    application_id as ansokan_nr,
    application_date as inkom,
    item as fraga,
    is_answered as besvarad
from checklist_answer
inner join
    municipality on checklist_answer.municipality_code = municipality.municipality_code
where municipality.source = 'beta'
order by _area, _period, ansokan_nr, item_no
