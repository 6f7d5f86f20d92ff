-- One row per placement spell as it is in January 2026; an end after 2025 is not yet known.
with
    numbered_plan as (
        select
            plan.*,
            t.sex,
            cast(
                round(
                    case when t.sex = 'women' then plan.women else plan.men end
                    * getvariable('scale')
                ) as integer
            ) as persons
        from placement_plan as plan
        cross join (values ('women'), ('men')) as t(sex)
    ),

    -- the first ranks of an age group go to its first plan
    ranked_plan as (
        select
            *,
            sum(persons) over (
                partition by age_group, sex order by plan_no
            ) as last_rank
        from numbered_plan
    ),

    placed as (
        select
            ranked_plan.plan_no,
            ranked_plan.path,
            ranked_plan.anchor_year,
            placed_person.person_id,
            placed_person.sex,
            placed_person.recorded_sex,
            placed_person.birth_region,
            placed_person.age_group <> 'adult' as is_child,
            placed_person.municipality_code
        from ranked_plan
        inner join
            placed_person
            on ranked_plan.age_group = placed_person.age_group
            and ranked_plan.sex = placed_person.sex
            and placed_person.rank_no > ranked_plan.last_rank - ranked_plan.persons
            and placed_person.rank_no <= ranked_plan.last_rank
    ),

    stepped as (
        select
            placed.*,
            step.step_no,
            step.placement_form as planned_form,
            step.ending as planned_ending,
            step.is_anchor,
            concat(placed.person_id, '-', step.step_no) as step_id,
            cast(
                step.least_days + floor(
                    draw(concat(placed.person_id, '-', step.step_no), 'days')
                    * (step.most_days - step.least_days)
                ) as integer
            ) as length,
            -- the next step may begin before the last one is over
            cast(
                floor(draw(concat(placed.person_id, '-', step.step_no), 'gap') * 21) - 3
                as integer
            ) as gap
        from placed
        inner join placement_step as step on placed.path = step.path
    ),

    positioned as (
        select
            *,
            sum(gap + length) over (
                partition by person_id order by step_no
            ) as end_position
        from stepped
    ),

    anchored as (
        select
            *,
            max(end_position) filter (where is_anchor) over person_steps as anchor_position,
            max(
                case
                    when planned_ending is null
                    then make_date(anchor_year, 12, 31)
                    else
                        make_date(anchor_year, 1, 6)
                        + cast(floor(draw(person_id, 'anchor') * 325) as integer)
                end
            ) filter (where is_anchor) over person_steps as anchor_date
        from positioned
        window person_steps as (partition by person_id)
    ),

    dated as (
        select
            *,
            cast(anchor_date + cast(end_position - anchor_position - length as integer) as date)
            as from_date,
            cast(
                case
                    when planned_ending is not null
                    then anchor_date + cast(end_position - anchor_position as integer)
                end as date
            ) as planned_end
        from anchored
    ),

    of_plan as (
        select
            person_id,
            step_id,
            municipality_code,
            true as has_number,
            is_child,
            sex,
            recorded_sex,
            birth_region,
            case
                when
                    planned_form = 'hvb'
                    and path in ('institution only', 'institution again')
                    and draw(step_id, 'lvm') < 0.25
                then 'lvm_hem'
                else planned_form
            end as placement_form,
            from_date,
            case when planned_end <= date '2025-12-31' then planned_end end as to_date,
            planned_ending
        from dated
        where from_date <= date '2025-12-31'
    ),

    -- placed under a co-ordination number and again under the personal number that followed
    renumbered as (
        select
            person.person_id,
            concat(person.person_id, '-', t.step_no) as step_id,
            household.municipality_code,
            true as has_number,
            false as is_child,
            person.sex,
            person.recorded_sex,
            person.birth_region,
            t.placement_form,
            t.from_date,
            t.to_date,
            t.planned_ending
        from number_change
        inner join test_number on number_change.earlier_number = test_number.number
        inner join person on number_change.person_id = person.person_id
        inner join household on person.household_no = household.household_no
        cross join
            (
                values
                    (1, 'hvb', date '2023-02-06', date '2023-05-12', 'planned'),
                    (2, 'forsokslagenhet', date '2024-06-03', null, null)
            ) as t(step_no, placement_form, from_date, to_date, planned_ending)
        where test_number.kind = 'samordningsnummer'
    ),

    -- nobody has written down who they are
    nameless as (
        select
            9900000000 + t.row_no as person_id,
            concat(9900000000 + t.row_no, '-1') as step_id,
            t.municipality_code,
            false as has_number,
            t.placement_form = 'jourhem' as is_child,
            'unknown' as sex,
            null as recorded_sex,
            'unknown' as birth_region,
            t.placement_form,
            t.from_date,
            t.to_date,
            t.planned_ending
        from
            (
                values
                    (1, '9901', 'hvb', date '2024-03-04', date '2024-05-13', 'unplanned'),
                    (2, '9903', 'hvb', date '2024-09-02', date '2025-02-14', 'planned'),
                    (3, '9901', 'gruppboende', date '2025-04-01', null, null),
                    (4, '9902', 'jourhem', date '2025-05-05', date '2025-06-20', 'planned'),
                    (5, '9907', 'jourhem', date '2025-10-06', null, null)
            ) as t(row_no, municipality_code, placement_form, from_date, to_date, planned_ending)
    ),

    spell as (
        select *
        from of_plan
        union all by name
        select *
        from renumbered
        union all by name
        select *
        from nameless
    ),

    ended as (
        select
            *,
            case
                when to_date is null
                then null
                when placement_form <> 'familjehem_vuxna' and draw(step_id, 'no kind') < 0.015
                then 'unknown'
                else planned_ending
            end as ending,
            case
                when placement_form = 'lvm_hem'
                then 'lvm'
                when
                    draw(step_id, 'ground') < case
                        when placement_form = 'sis'
                        then 1
                        when is_child and placement_form in ('familjehem', 'jourhem', 'hvb')
                        then 0.35
                        else 0
                    end
                then 'lvu'
                when draw(step_id, 'no ground') < 0.01
                then null
                when from_date < date '2025-07-01'
                then 'sol_2001'
                else 'sol_2025'
            end as legal_ground,
            case
                when placement_form in ('eget_kontrakt', 'forsokslagenhet')
                then 'own'
                when placement_form = 'sis' or placement_form = 'lvm_hem'
                then 'state'
                when draw(step_id, 'provider') < case
                    when placement_form in ('hvb', 'familjehem_vuxna') then 0.25 else 0.6
                end
                then 'own'
                when draw(step_id, 'provider') < 0.85
                then 'private'
                when draw(step_id, 'provider') < 0.94
                then 'non_profit'
                else 'other_municipality'
            end as provider
        from spell
    )

select
    concat(
        'P',
        lpad(cast(row_number() over (order by from_date, step_id) as varchar), 6, '0')
    ) as placement_id,
    person_id,
    municipality_code,
    has_number,
    is_child,
    sex,
    recorded_sex,
    birth_region,
    placement_form,
    legal_ground,
    provider,
    case
        when draw(step_id, 'no unit') >= 0.02
        then
            concat(
                case when provider = 'own' then municipality_code else upper(provider) end,
                '-',
                upper(placement_form),
                '-',
                1 + cast(floor(draw(step_id, 'unit') * 4) as integer)
            )
    end as unit,
    from_date,
    to_date,
    ending,
    case
        when ending = 'planned'
        then
            case
                when draw(step_id, 'reason') < 0.5
                then 'plan_completed'
                when draw(step_id, 'reason') < 0.8
                then 'moved_on'
                when draw(step_id, 'reason') < 0.97
                then 'returned_home'
            end
        when ending = 'unplanned'
        then
            case
                when draw(step_id, 'reason') < 0.4
                then 'client_left'
                when draw(step_id, 'reason') < 0.65
                then 'home_gave_notice'
                when draw(step_id, 'reason') < 0.8
                then 'conflict'
                when draw(step_id, 'reason') < 0.9
                then 'relapse'
                when draw(step_id, 'reason') < 0.97
                then 'other'
            end
    end as ending_reason,
    case
        when to_date is null or draw(step_id, 'no goal') < 0.03
        then null
        when
            draw(step_id, 'goal') < case
                when ending = 'unplanned' then 0.08 when sex = 'women' then 0.55 else 0.62
            end
        then 'yes'
        when draw(step_id, 'goal') < case when ending = 'unplanned' then 0.4 else 0.88 end
        then 'partly'
        else 'no'
    end as goal_reached
from ended
