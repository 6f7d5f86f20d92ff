with

    mention as (
        select
            person_key,
            number_kind,
            number_sex,
            system_sex,
            birth_year,
            birth_month,
            birth_region
        from {{ ref("int_assistance_member") }}
        union all
        select
            person_key,
            number_kind,
            number_sex,
            system_sex,
            birth_year,
            birth_month,
            cast(null as varchar) as birth_region
        from {{ ref("int_assistance_application") }}
        where person_key is not null
    ),

    person as (
        select
            person_key,
            min(number_kind) as number_kind,
            min(number_sex) as number_sex,
            -- Systems that contradict each other or themselves say nothing.
            case
                when
                    min(system_sex) filter (where system_sex <> 'unknown')
                    = max(system_sex) filter (where system_sex <> 'unknown')
                then min(system_sex) filter (where system_sex <> 'unknown')
            end as system_sex,
            min(birth_year) as birth_year,
            min(birth_month) as birth_month,
            case
                when
                    min(birth_region) filter (where birth_region <> 'unknown')
                    = max(birth_region) filter (where birth_region <> 'unknown')
                then min(birth_region) filter (where birth_region <> 'unknown')
            end as birth_region
        from mention
        group by person_key
    )

select
    person_key,
    number_kind,
    coalesce(number_sex, system_sex, 'unknown') as sex,
    case
        when number_sex is not null
        then 'number'
        when system_sex is not null
        then 'system'
        else 'unknown'
    end as sex_source,
    number_sex is not null
    and system_sex is not null
    and number_sex <> system_sex as has_contradicting_sex,
    birth_year,
    birth_month,
    coalesce(birth_region, 'unknown') as birth_region
from person
