-- Rows that were new or changed in the period of the file, as they stood at its end.
with
    change as (
        select
            *,
            greatest(identified_on, date '2023-01-09') as changed_on,
            false as is_end
        from client_need
        union all by name
        select *, greatest(ended_on, date '2023-01-09') as changed_on, true as is_end
        from client_need
        where ended_on is not null
    ),

    stated as (
        select
            change.* exclude (ended_on, level_end, number),
            case when is_end then ended_on end as ended_on,
            case when is_end then level_end end as level_end,
            coalesce(change.number, number_spell.number) as number
        from change
        left join
            number_spell
            on change.person_id = number_spell.person_id
            and change.changed_on
            between number_spell.from_date and number_spell.to_date
        qualify
            row_number() over (
                partition by need_id, period_by_half(changed_on)
                order by changed_on desc, is_end desc
            )
            = 1
    ),

    -- the first half-year of 9902 came with levels that were put right in a second
    -- delivery
    delivered as (
        select
            *,
            received(changed_on, 6, 1, 20) as delivered_on,
            case
                when
                    municipality_code = '9902'
                    and period_by_half(changed_on) = '2025H1'
                    and draw(need_id, 'put right') < 0.06
                then 3 - level_start
                else level_start
            end as delivered_level
        from stated
        union all by name
        select *, '20250918' as delivered_on, level_start as delivered_level
        from stated
        where municipality_code = '9902' and period_by_half(changed_on) = '2025H1'
    )

select
    municipality_code as _area,
    period_by_half(changed_on) as _period,
    delivered_on as _received,
    need_id as behov_nr,
    hyphened(number) as klient,
    concat('Testnamn ', client_id) as klient_namn,
    recorded_sex as kon,
    birth_region as fodelseland,
    changed_on as andrad,
    problem_area as omrade,
    identified_on as identifierat,
    cast(delivered_level as varchar) as niva_start,
    -- a level that the instrument does not have
    case
        when
            municipality_code = '9903'
            and period_by_half(changed_on) = '2025H2'
            and draw(need_id, 'at fault') < 0.02
        then '4'
    end as _raw_niva_start,
    ended_on as avslutat,
    cast(level_end as varchar) as niva_slut
from delivered
order by _area, _period, _received, need_id
