-- The list of a year is drawn in February; that of 9902 for 2024 came again when an appeal
-- had been granted.
with
    delivered as (
        select *, concat(year(decided_on) + 1, '0210') as delivered_on
        from fund_application
        union all by name
        select
            * replace (
                case
                    when application_id = 'KFN 2024/0007' then applied_sek else granted_sek
                end as granted_sek,
                case
                    when application_id = 'KFN 2024/0007' then null else refusal_reason
                end as refusal_reason
            ),
            '20250612' as delivered_on
        from fund_application
        where municipality_code = '9902' and year(decided_on) = 2024
    )

select
    municipality_code as _area,
    cast(year(decided_on) as varchar) as _period,
    delivered_on as _received,
    application_id as diarienr,
    concat('Testförening ', application_id) as sokande,
    programme as program,
    decided_on as beslutad,
    applied_sek as sokt,
    granted_sek as beviljat,
    refusal_reason as avslagsskal,
    case when is_reported then cast(round(women_count * child_share) as integer) end as flickor,
    case when is_reported then cast(round(men_count * child_share) as integer) end as pojkar,
    case
        when is_reported then women_count - cast(round(women_count * child_share) as integer)
    end as kvinnor,
    case
        when is_reported then men_count - cast(round(men_count * child_share) as integer)
    end as man
from delivered
order by _area, _period, _received, diarienr
