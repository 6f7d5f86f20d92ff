with

    medicine as (
        {{
            union_staging(
                [ref("stg_registerutdrag__lakemedel")],
                [
                    "municipality_code",
                    "person_key",
                    "register_year",
                    "register_cohort",
                    "atc_code",
                    "dispensing_count",
                ],
            )
        }}
    ),

    schooling as (
        {{
            union_staging(
                [ref("stg_registerutdrag__utbildning")],
                [
                    "municipality_code",
                    "person_key",
                    "register_year",
                    "register_outcome",
                    "left_school_in",
                    "has_outcome",
                ],
            )
        }}
    ),

    atc_prefix as (
        select code, parent_code as register_outcome
        from {{ ref("dim_category") }}
        where axis = 'atc_prefix'
    ),

    medicine_group as (select distinct register_outcome from atc_prefix),

    -- Everybody the order named stands in every group, with or without a dispensing.
    dispensed as (
        select
            medicine.municipality_code,
            medicine.person_key,
            medicine.register_year,
            medicine.register_cohort,
            medicine_group.register_outcome,
            coalesce(
                sum(medicine.dispensing_count) filter (
                    where atc_prefix.code is not null
                ),
                0
            ) as dispensing_count
        from medicine
        cross join medicine_group
        left join
            atc_prefix
            on medicine_group.register_outcome = atc_prefix.register_outcome
            and substr(medicine.atc_code, 1, length(atc_prefix.code)) = atc_prefix.code
        group by 1, 2, 3, 4, 5
    ),

    outcome as (
        select
            municipality_code,
            person_key,
            register_year,
            register_cohort,
            register_outcome,
            {{ period_end("register_year", "year") }} as age_date,
            dispensing_count > 0 as has_outcome
        from dispensed
        union all
        -- The extract of schooling is of placed children only. Their age is that of
        -- the year in which they left school.
        select
            municipality_code,
            person_key,
            register_year,
            'placed',
            register_outcome,
            cast(left_school_in || '-12-31' as date),
            max(has_outcome)
        from schooling
        group by
            municipality_code,
            person_key,
            register_year,
            register_outcome,
            left_school_in
    ),

    last_form as (
        select person_key, placement_year, placement_form
        from {{ ref("fct_placement_year") }}
        where is_placement
        qualify
            row_number() over (
                partition by person_key, placement_year
                order by has_ended, day_count desc, placement_key
            )
            = 1
    )

select
    outcome.municipality_code,
    outcome.person_key,
    outcome.register_year,
    outcome.register_cohort,
    outcome.register_outcome,
    {{ sex_on("outcome.register_year") }} as sex,
    cast(
        {{ band("age_band", age_of_person("outcome.age_date")) }} as varchar
    ) as age_band,
    coalesce({{ age_of_person("outcome.age_date") }} >= 18, false) as is_adult,
    coalesce(person.birth_region, 'unknown') as birth_region,
    coalesce(last_form.placement_form, 'unknown') as placement_form,
    outcome.has_outcome
from outcome
left join {{ ref("dim_person") }} as person on outcome.person_key = person.person_key
left join
    last_form
    on outcome.person_key = last_form.person_key
    and outcome.register_year = last_form.placement_year
