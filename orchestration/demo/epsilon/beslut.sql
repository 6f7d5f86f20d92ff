-- 9906 writes hours with a colon; 9902 has two decisions of 2024 twice.
with
    decided as (
        select
            care_decision.*,
            care_client.number,
            care_client.recorded_sex,
            period_by_half(decision_date) as _period,
            received(decision_date, 6, 1, 14) as _received,
            row_number() over (
                partition by care_decision.municipality_code, period_by_half(decision_date)
                order by decision_id
            ) as row_no
        from care_decision
        inner join care_client on care_decision.client_no = care_client.client_no
    ),

    planted as (
        select *
        from decided
        union all
        select *
        from decided
        where municipality_code = '9902' and _period = '2024' and row_no <= 2
    )

select
    municipality_code as _area,
    _period,
    _received,
    decision_id as beslut_id,
    decision_date as beslutsdatum,
    hyphened(number) as personnummer,
    concat('Testnamn-', client_no) as namn,
    recorded_sex as kon,
    case
        when service not like 'lss%'
        then null
        when draw(client_no, 'krets') < 0.88
        then 'krets_1'
        when draw(client_no, 'krets') < 0.91
        then 'krets_2'
        else 'krets_3'
    end as krets,
    service as insats,
    cast(assessed_hours_week as decimal(6, 1)) as bedomt_behov,
    case
        when municipality_code = '9906' then clock(assessed_hours_week)
    end as _raw_bedomt_behov,
    cast(granted_hours_week as decimal(6, 1)) as beviljat,
    case
        when municipality_code = '9906' then clock(granted_hours_week)
    end as _raw_beviljat,
    legal_ground as lagrum,
    outcome as utfall,
    provider as utforare
from planted
order by _area, _period, beslut_id
