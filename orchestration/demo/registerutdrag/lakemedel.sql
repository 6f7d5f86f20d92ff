-- Whoever had nothing dispensed stands with a blank code, for the order named them.
with
    dispensed as (
        select chance_id, 'antipsychotics' as outcome_group
        from register_person
        where has_antipsychotics
        union all
        select chance_id, 'benzodiazepines'
        from register_person
        where has_benzodiazepines
        -- medicines that are neither: hydroxyzine, melatonin, methylphenidate
        union all
        select chance_id, 'other'
        from register_person
        where draw(chance_id, 'other') < 0.15
    ),

    code as (
        select *
        from
            (
                values
                    ('antipsychotics', 1, 'N05AX12'),
                    ('antipsychotics', 2, 'N05AX08'),
                    ('antipsychotics', 3, 'N05AH04'),
                    ('benzodiazepines', 1, 'N05BA06'),
                    ('benzodiazepines', 2, 'N05CD08'),
                    ('benzodiazepines', 3, 'N05CF02'),
                    ('other', 1, 'N05BB01'),
                    ('other', 2, 'N05CH01'),
                    ('other', 3, 'N06BA04')
            ) as t(outcome_group, code_no, atc_code)
    )

select
    register_person.municipality_code as _area,
    cast(register_person.year_no as varchar) as _period,
    concat(register_person.year_no + 1, '0215') as _received,
    register_person.number as personnummer,
    register_person.recorded_sex as kon,
    nullif(register_person.birth_region, 'unknown') as fodelseland,
    register_person.cohort as grupp,
    code.atc_code as atc_kod,
    case
        when code.atc_code is null
        then 0
        else
            1 + cast(
                floor(draw(concat(register_person.chance_id, code.atc_code), 'n') * 8) as integer
            )
    end as antal_uttag
from register_person
left join dispensed on register_person.chance_id = dispensed.chance_id
left join
    code
    on dispensed.outcome_group = code.outcome_group
    and code.code_no = 1 + floor(
        draw(register_person.chance_id, concat('code of ', dispensed.outcome_group)) * 3
    )
order by _area, _period, personnummer, grupp, atc_kod
