with

    mention as (select * from {{ ref("int_person_mention") }}),

    person as (
        select
            person_key,
            -- Of somebody with several numbers that of today tells, where it has been
            -- seen.
            coalesce(
                min(number_kind) filter (where number_key = person_key),
                min(number_kind),
                'none'
            ) as number_kind,
            coalesce(
                min(number_sex) filter (where number_key = person_key), min(number_sex)
            ) as number_sex,
            -- Systems that contradict each other or themselves say nothing.
            case
                when
                    min(system_sex) filter (where system_sex <> 'unknown')
                    = max(system_sex) filter (where system_sex <> 'unknown')
                then min(system_sex) filter (where system_sex <> 'unknown')
            end as system_sex,
            count(*) filter (where {{ contradicts() }}) > 0 as has_contradicting_sex,
            coalesce(
                min(birth_year) filter (where number_key = person_key), min(birth_year)
            ) as birth_year,
            coalesce(
                min(birth_month) filter (where number_key = person_key),
                min(birth_month)
            ) as birth_month,
            case
                when
                    min(birth_region) filter (where birth_region <> 'unknown')
                    = max(birth_region) filter (where birth_region <> 'unknown')
                then min(birth_region) filter (where birth_region <> 'unknown')
            end as birth_region
        from mention
        group by person_key
    ),

    -- The last change of number that changed the sex it tells.
    sex_change as (
        select person_key, earlier_number_sex, changed_on, last_number_sex
        from {{ ref("int_person_link") }}
        where earlier_number_sex <> number_sex
        qualify
            row_number() over (
                partition by person_key order by changed_on desc, number_key
            )
            = 1
    ),

    protected as (
        select distinct coalesce(person_link.person_key, skydd.person_key) as person_key
        from {{ ref("stg_folkbokforing__skydd") }} as skydd
        left join
            {{ ref("int_person_link") }} as person_link
            on skydd.person_key = person_link.number_key
        where skydd.identity_protection <> 'ended'
    )

select
    person.person_key,
    person.number_kind,
    coalesce(
        sex_change.last_number_sex, person.number_sex, person.system_sex, 'unknown'
    ) as sex,
    sex_change.earlier_number_sex as sex_before,
    sex_change.changed_on as sex_changed_on,
    case
        when person.number_sex is not null
        then 'number'
        when person.system_sex is not null
        then 'system'
        else 'unknown'
    end as sex_source,
    person.has_contradicting_sex,
    person.birth_year,
    person.birth_month,
    coalesce(person.birth_region, 'unknown') as birth_region,
    protected.person_key is not null as is_protected
from person
left join sex_change on person.person_key = sex_change.person_key
left join protected on person.person_key = protected.person_key
