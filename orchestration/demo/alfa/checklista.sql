select
    checklist_answer.municipality_code as _area,
    period_by_half(application_date) as _period,
    received(application_date, 6, 1, 15) as _received,
    application_id as ansokan_id,
    application_date as datum,
    item as fraga,
    is_answered as besvarad
from checklist_answer
inner join
    municipality on checklist_answer.municipality_code = municipality.municipality_code
where municipality.source = 'alfa'
order by _area, _period, ansokan_id, item_no
