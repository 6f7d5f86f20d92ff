-- More municipalities follow up by sex each year; 9906 did not answer in 2024. From 2024 on the
-- districts of 9901 answer for themselves about economic assistance and child welfare.
select
    municipality.municipality_code as _area,
    cast(year_no as varchar) as _period,
    concat(year_no, '1115') as _received,
    district.name as stadsdel,
    t.area_code as omrade,
    q.question as fraga,
    case
        when draw(
                concat(municipality.municipality_code, district.name, year_no, t.area_code),
                q.question
            )
            < 0.06
        then null
        when
            draw(
                concat(municipality.municipality_code, district.name, t.area_code), q.question
            )
            < q.share + 0.12 * (year_no - 2023)
        then 'yes'
        else 'no'
    end as svar
from municipality
cross join range(2023, 2026) as y(year_no)
cross join
    (
        values
            ('economic_assistance'),
            ('child_welfare'),
            ('substance_use'),
            ('violence'),
            ('homelessness'),
            ('lss'),
            ('mental_disability')
    ) as t(area_code)
cross join (values ('follow_up_by_sex', 0.25), ('result_used', 0.10)) as q(question, share)
inner join
    (values (null), ('Norra Ekbacka'), ('Södra Ekbacka')) as district(name)
    on (district.name is not null)
    = (
        municipality.municipality_code = '9901'
        and year_no >= 2024
        and t.area_code in ('economic_assistance', 'child_welfare')
    )
where not (municipality.municipality_code = '9906' and year_no = 2024)
order by _area, _period, omrade, stadsdel, fraga
