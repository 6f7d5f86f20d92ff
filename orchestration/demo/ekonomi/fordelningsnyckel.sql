-- A service's share of common costs is its share of the direct costs that the activity
-- is for; shares are rounded, and the largest takes what is left over.
with
    rounded as (
        select
            direct.municipality_code,
            direct.year,
            common.activity_code,
            direct.service,
            1000000 * direct.cost_kr // sum(direct.cost_kr) over key_of_activity as millionths,
            row_number() over (key_of_activity order by direct.cost_kr desc) as rank
        from service_cost as direct
        inner join
            (values ('L900', 'L'), ('S900', 'S'), ('G900', '')) as common(
                activity_code, starts_with
            )
            on direct.service is not null
            and starts_with(direct.activity_code, common.starts_with)
        window
            key_of_activity as (
                partition by direct.municipality_code, direct.year, common.activity_code
            )
    )

select
    municipality_code as _area,
    cast(year as varchar) as _period,
    concat(year + 1, '0131') as _received,
    activity_code as fran_verksamhet,
    service as till_insats,
    cast(
        (
            millionths
            + case
                when rank = 1
                then
                    1000000 - sum(millionths) over (
                        partition by municipality_code, year, activity_code
                    )
                else 0
            end
        )
        / 1000000 as decimal(9, 6)
    ) as andel
from rounded
order by _area, _period, fran_verksamhet, till_insats
