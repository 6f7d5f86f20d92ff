-- One row per application for project funds. Associations of boys and men ask for more and
-- are refused less; some report no receivers.
with
    place as (
        select
            t.municipality_code,
            cast(ceil(t.a_year * getvariable('scale')) as integer) as a_year
        from (values ('9901', 60), ('9902', 36), ('9903', 24), ('9904', 15)) as t(municipality_code, a_year)
    ),

    application as (
        select
            place.municipality_code,
            y.year_no,
            n.application_no,
            concat('KFN ', y.year_no, '/', lpad(cast(n.application_no as varchar), 4, '0')) as application_id,
            concat(place.municipality_code, '-', y.year_no, '-', n.application_no) as salt
        from place
        cross join range(2023, 2026) as y(year_no)
        inner join range(1, 1000) as n(application_no) on n.application_no <= place.a_year
    ),

    planned as (
        select
            *,
            case
                when draw(salt, 'programme') < 0.3
                then 'youth'
                when draw(salt, 'programme') < 0.6
                then 'sports'
                when draw(salt, 'programme') < 0.8
                then 'culture'
                when draw(salt, 'programme') < 0.9
                then 'integration'
                else 'public_health'
            end as programme,
            cast(10 + floor(pow(draw(salt, 'receivers'), 2) * 90) as integer) as receiver_count,
            draw(salt, 'reported') >= 0.08 as is_reported
        from application
    ),

    with_heads as (
        select
            *,
            least(
                greatest(
                    case
                        when programme = 'sports' then 0.32 when programme = 'culture' then 0.62 else 0.47
                    end
                    + 0.5 * (draw(salt, 'women') - 0.5),
                    0
                ),
                1
            ) as women_share
        from planned
    ),

    with_amounts as (
        select
            *,
            cast(round(receiver_count * women_share) as integer) as women_count,
            -- whole hundreds of kronor, more a head the more of them are men
            100 * cast(
                receiver_count * (6 + 5 * (1 - women_share) + 4 * draw(salt, 'a head')) as integer
            ) as applied_sek,
            draw(salt, 'refused') < 0.18 + 0.14 * women_share as is_refused
        from with_heads
    )

select
    municipality_code,
    application_id,
    programme,
    cast(make_date(cast(year_no as integer), 1, 10) + to_days(cast(floor(draw(salt, 'day') * 350) as integer)) as date)
    as decided_on,
    cast(applied_sek as decimal(12, 2)) as applied_sek,
    case
        when is_refused
        then cast(0 as decimal(12, 2))
        when draw(salt, 'in part') < 0.4
        then cast(round(applied_sek * (0.5 + 0.4 * draw(salt, 'part')), 2) as decimal(12, 2))
        else cast(applied_sek as decimal(12, 2))
    end as granted_sek,
    case
        when not is_refused or draw(salt, 'reason given') < 0.1
        then null
        when draw(salt, 'reason') < 0.25
        then 'incomplete'
        when draw(salt, 'reason') < 0.5
        then 'outside_purpose'
        when draw(salt, 'reason') < 0.6
        then 'late'
        when draw(salt, 'reason') < 0.9
        then 'funds_exhausted'
        else 'not_for_all'
    end as refusal_reason,
    is_reported,
    women_count,
    receiver_count - women_count as men_count,
    case when programme in ('youth', 'sports') then 0.8 else 0.2 end as child_share
from with_amounts
