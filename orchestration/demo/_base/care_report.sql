-- One row per line about a month, with who reports it: home help that a private company
-- gives in 9902, and meals in 9901, stand in the company's own workbook. It writes its
-- own customer number instead of every fourth person's number, in 9901 of everybody's,
-- and sometimes nothing.
select
    care_month.*,
    care_month.service = 'sol_hemtjanst'
    and care_month.municipality_code = '9902'
    and care_month.provider = 'private'
    or care_month.service = 'sol_matdistribution'
    and care_month.municipality_code = '9901' as is_external,
    care_client.number,
    case
        when draw(care_month.volume_id, 'no number') < 0.01
        then null
        when
            care_month.municipality_code = '9901'
            or draw(care_month.client_no, 'customer number') < 0.25
        then 'LOK-' || lpad(cast(90000000 + care_month.client_no as varchar), 8, '0')
        else hyphened(care_client.number)
    end as number_in_workbook,
    period_by_quarter(care_month.month) as _period,
    received(care_month.month, 3, 1, 18) as _received
from care_month
inner join care_client on care_month.client_no = care_client.client_no
