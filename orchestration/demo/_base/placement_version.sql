-- One row per placement and day on which its row was written or changed: when it began,
-- when it ended, and of six when the end was put right.
with
    known as (
        select *
        from placement
        where coalesce(to_date, date '9999-12-31') >= date '2023-01-01'
    ),

    put_right as (
        select placement_id
        from known
        where
            to_date between date '2025-02-01' and date '2025-05-31'
            and to_date - from_date > 20
            and placement_form in ('familjehem', 'jourhem', 'hvb')
        order by draw(placement_id, 'put right')
        limit 6
    ),

    version as (
        select placement_id, greatest(from_date, date '2023-01-02') as changed_on, 'began' as change
        from known
        union all
        select
            known.placement_id,
            known.to_date as changed_on,
            case when put_right.placement_id is null then 'ended' else 'ended wrongly' end as change
        from known
        left join put_right on known.placement_id = put_right.placement_id
        where known.to_date is not null
        union all
        select placement_id, date '2025-08-20' as changed_on, 'put right' as change
        from put_right
    )

select
    version.placement_id,
    version.changed_on,
    version.change,
    known.person_id,
    known.municipality_code,
    case
        when known.has_number
        then coalesce(number_spell.number, placed_person.number)
        when known.is_child
        then concat('LOK-', right(cast(known.person_id as varchar), 8))
    end as number,
    known.recorded_sex,
    nullif(known.birth_region, 'unknown') as birth_region,
    known.placement_form,
    known.legal_ground,
    known.provider,
    known.unit,
    known.from_date,
    case
        when version.change = 'ended wrongly'
        then cast(known.to_date - 7 as date)
        when version.change <> 'began'
        then known.to_date
    end as to_date,
    case when version.change <> 'began' then known.ending end as ending,
    case when version.change <> 'began' then known.ending_reason end as ending_reason,
    case when version.change <> 'began' then known.goal_reached end as goal_reached
from version
inner join known on version.placement_id = known.placement_id
left join placed_person on known.person_id = placed_person.person_id
left join
    number_spell
    on known.person_id = number_spell.person_id
    and version.changed_on between number_spell.from_date and number_spell.to_date
