with

    step as (select * from {{ ref("case_steps") }}),

    episode as (select * from {{ ref("int_case_episode") }}),

    -- The log is known to the end of the last month delivered.
    known as (
        select
            area_code as municipality_code,
            {{ period_end("max(month)", "month") }} as known_until
        from {{ ref("fct_collection") }}
        where fact = 'case_step' and is_collected
        group by area_code
    ),

    first_event as (
        select episode.episode_key, event.case_step, min(event.event_date) as step_date
        from episode
        inner join
            {{ ref("int_case_event") }} as event
            on episode.case_key = event.case_key
            and event.event_date >= episode.episode_start
            and event.event_date
            < coalesce(episode.next_episode_start, cast('9999-12-31' as date))
        where event.case_step not in ('application', 'return')
        group by 1, 2
    ),

    closing as (
        select episode_key, step_date as closing_date
        from first_event
        where case_step = 'closing'
    ),

    -- An episode begins with its application, known or not, and ends in a return when
    -- the case is taken up again.
    episode_step as (
        select
            episode.*,
            closing.closing_date,
            known.known_until,
            step.case_step,
            step.step_position,
            step.follow_up_days,
            case
                step.case_step
                when 'application'
                then episode.episode_start
                when 'return'
                then episode.next_episode_start
                else first_event.step_date
            end as step_date,
            case
                when step.case_step = 'return'
                then closing.closing_date
                else episode.episode_start
            end as followed_from
        from episode
        cross join step
        left join known on episode.municipality_code = known.municipality_code
        left join closing on episode.episode_key = closing.episode_key
        left join
            first_event
            on episode.episode_key = first_event.episode_key
            and step.case_step = first_event.case_step
    ),

    followed as (
        select
            *,
            (has_known_beginning or case_step = 'return')
            and coalesce(
                {{ days_between("followed_from", "known_until") }} >= follow_up_days,
                false
            ) as is_followed,
            coalesce(
                {{ days_between("followed_from", "step_date") }} <= follow_up_days,
                false
            ) as is_reached,
            max(step_date) over (
                partition by episode_key
                order by step_position
                rows between unbounded preceding and 1 preceding
            ) as previous_step_date
        from episode_step
    ),

    in_order as (
        select
            *,
            lag(is_reached) over (
                partition by episode_key order by step_position
            ) as is_previous_reached,
            step_date < previous_step_date as is_out_of_order
        from followed
    )

select
    in_order.municipality_code,
    in_order.episode_key,
    in_order.case_step,
    in_order.case_key,
    in_order.person_key,
    {{ sex_on("in_order.episode_start") }} as sex,
    cast(
        {{ band("age_band", age_of_person("in_order.episode_start")) }} as varchar
    ) as age_band,
    coalesce({{ age_of_person("in_order.episode_start") }} >= 18, true) as is_adult,
    coalesce(person.birth_region, 'unknown') as birth_region,
    in_order.household_type,
    in_order.episode_start,
    in_order.has_known_beginning,
    in_order.closing_date,
    in_order.step_date,
    -- No days lie before a step that came before the one it should follow.
    case
        when not in_order.is_out_of_order
        then
            cast(
                {{ days_between("in_order.previous_step_date", "in_order.step_date") }}
                as integer
            )
    end as lead_days,
    cast(
        {{ days_between("in_order.episode_start", "in_order.step_date") }} as integer
    ) as days_from_application,
    coalesce(in_order.is_out_of_order, false) as is_out_of_order,
    in_order.is_followed,
    in_order.is_reached,
    coalesce(in_order.is_previous_reached, false) as is_previous_reached
from in_order
left join {{ ref("dim_person") }} as person on in_order.person_key = person.person_key
