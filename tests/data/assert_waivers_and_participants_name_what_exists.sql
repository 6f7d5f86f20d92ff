-- A waiver or participant that names nothing known is a slip that would hide a
-- missing split.
with collecting as ({{ collecting_tables() }})

select 'waiver' as seed, waiver.indicator_id as name
from {{ ref("waivers") }} as waiver
left join
    {{ ref("dim_indicator") }} as indicator
    on waiver.indicator_id = indicator.indicator_id
where indicator.indicator_id is null
union all
select distinct 'participant', participant.fact
from {{ ref("participants") }} as participant
left join
    {{ ref("dim_indicator") }} as indicator
    on participant.fact = indicator.numerator_fact
left join collecting on participant.fact = collecting.fact
where indicator.indicator_id is null and collecting.fact is null
