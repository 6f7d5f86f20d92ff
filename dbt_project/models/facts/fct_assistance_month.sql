with

    case_month as (
        select
            municipality_code,
            case_key,
            benefit_month,
            cast(sum(amount_sek) * 100 as bigint) as amount_ore
        from {{ ref("int_assistance_payment") }}
        group by 1, 2, 3
    ),

    member as (
        select
            case_month.municipality_code,
            case_month.case_key,
            case_month.benefit_month,
            case_month.amount_ore,
            -- Aid to a household that the register does not know stays with a person
            -- unknown.
            coalesce(household.person_key, md5(case_month.case_key)) as person_key,
            coalesce(household.is_household_adult, true) as is_household_adult,
            coalesce(household.is_applicant, true) as is_applicant,
            coalesce(household.household_type, 'unknown') as household_type
        from case_month
        left join
            {{ ref("int_assistance_household") }} as household
            on case_month.case_key = household.case_key
            and case_month.benefit_month = household.benefit_month
    ),

    -- The adults of a household are paid; where there is none, its children.
    ranked as (
        select
            *,
            is_household_adult or household_type = 'child_household' as is_payee,
            row_number() over (
                partition by case_key, benefit_month
                order by is_household_adult desc, is_applicant desc, person_key
            ) as payee_rank,
            count(*) filter (
                where is_household_adult or household_type = 'child_household'
            ) over (partition by case_key, benefit_month) as payee_count,
            row_number() over (
                partition by municipality_code, person_key, benefit_month
                order by amount_ore desc, case_key desc
            ) as case_rank
        from member
    ),

    shared as (
        select
            *,
            case
                when not is_payee
                then 0
                -- The odd öre goes to the applicant.
                when payee_rank = 1
                then
                    amount_ore
                    - (payee_count - 1)
                    * cast(floor(amount_ore / payee_count) as bigint)
                else cast(floor(amount_ore / payee_count) as bigint)
            end as share_ore
        from ranked
    ),

    -- Somebody with two cases in a month is one recipient; the larger case gives the
    -- household.
    person_month as (
        select
            municipality_code,
            person_key,
            benefit_month,
            max(amount_ore) > 0 as is_recipient,
            max(is_household_adult) as is_household_adult,
            cast(sum(share_ore) as bigint) as share_ore,
            max(household_type) filter (where case_rank = 1) as household_type
        from shared
        group by 1, 2, 3
    ),

    numbered as (
        select
            *,
            extract(year from benefit_month) as year_number,
            extract(year from benefit_month) * 12
            + extract(month from benefit_month) as month_number
        from person_month
    ),

    -- A spell is months in a row; a long spell bears breaks of at most two months.
    with_break as (
        select
            *,
            month_number - lag(month_number) over (
                partition by municipality_code, person_key, is_recipient
                order by month_number
            )
            - 1 as break_months
        from numbered
    ),

    with_spell as (
        select
            *,
            sum(case when break_months = 0 then 0 else 1 end) over same_person
            as spell_number,
            sum(case when break_months <= 2 then 0 else 1 end) over same_person
            as long_spell_number
        from with_break
        window
            same_person as (
                partition by municipality_code, person_key, is_recipient
                order by month_number
            )
    ),

    with_duration as (
        select
            *,
            case
                when is_recipient
                then
                    count(*) over (
                        partition by
                            municipality_code, person_key, is_recipient, spell_number
                        order by month_number
                    )
                else 0
            end as spell_month_count,
            -- Of the 36 months that end with the year: those of the two years before
            -- it, and of the year so far.
            case
                when is_recipient
                then
                    count(*) over (
                        partition by
                            municipality_code,
                            person_key,
                            is_recipient,
                            long_spell_number
                        order by year_number
                        range between 2 preceding and 1 preceding
                    ) + count(*) over (
                        partition by
                            municipality_code,
                            person_key,
                            is_recipient,
                            long_spell_number,
                            year_number
                        order by month_number
                    )
                else 0
            end as month_count_of_36
        from with_spell
    ),

    with_return as (
        select
            *,
            lead(month_number) over (
                partition by municipality_code, person_key, is_recipient
                order by month_number
            )
            - month_number as months_to_next
        from with_duration
    ),

    -- Months after each that the municipality has delivered, of the twelve next.
    known_after as (
        select
            area_code as municipality_code,
            month,
            sum(case when is_collected then 1 else 0 end) over (
                partition by area_code
                order by extract(year from month) * 12 + extract(month from month)
                range between 1 following and 12 following
            ) as months_known_after
        from {{ ref("fct_collection") }}
        where fact = 'assistance_month'
    ),

    with_person as (
        select
            person_month.*,
            {{ sex_on("person_month.benefit_month") }} as sex,
            coalesce(person.birth_region, 'unknown') as birth_region,
            {{
                age_of_person(
                    period_end(
                        period_start("person_month.benefit_month", "year"), "year"
                    )
                )
            }} as age,
            coalesce(known_after.months_known_after, 0) as months_known_after
        from with_return as person_month
        left join
            {{ ref("dim_person") }} as person
            on person_month.person_key = person.person_key
        left join
            known_after
            on person_month.municipality_code = known_after.municipality_code
            and person_month.benefit_month = known_after.month
    ),

    reported_obstacle as (
        {{
            union_staging(
                [ref("stg_alfa__hinder"), ref("stg_beta__hinder")],
                ["municipality_code", "person_key", "benefit_month", "obstacle"],
            )
        }}
    ),

    obstacle as (
        select municipality_code, person_key, benefit_month, min(obstacle) as obstacle
        from reported_obstacle
        group by 1, 2, 3
    )

select
    with_person.municipality_code,
    with_person.person_key,
    with_person.benefit_month,
    with_person.sex,
    cast({{ band("age_band", "with_person.age") }} as varchar) as age_band,
    -- Unknown age: the role in the household tells.
    case
        when with_person.age is null
        then with_person.is_household_adult
        else with_person.age >= 18
    end as is_adult,
    with_person.birth_region,
    with_person.household_type,
    {{ household_kind("with_person.household_type") }} as household_kind,
    with_person.is_recipient,
    cast(
        with_person.share_ore * cast(0.01 as decimal(3, 2)) as decimal(12, 2)
    ) as amount_sek,
    cast(with_person.spell_month_count as integer) as spell_month_count,
    cast(with_person.month_count_of_36 as integer) as month_count_of_36,
    -- A pause of at most two months, which a long spell bears, is no ending.
    with_person.is_recipient
    and coalesce(with_person.months_to_next, 99) > 3 as is_spell_end,
    -- Whether all of the year after has come, and whether aid came back within it.
    with_person.months_known_after = 12 as is_followed_a_year,
    coalesce(with_person.months_to_next, 99) <= 12 as has_returned_within_a_year,
    case
        when with_person.is_household_adult
        then coalesce(obstacle_category.parent_code, 'missing')
    end as obstacle_group
from with_person
left join
    obstacle
    on with_person.municipality_code = obstacle.municipality_code
    and with_person.person_key = obstacle.person_key
    and with_person.benefit_month = obstacle.benefit_month
left join
    {{ ref("dim_category") }} as obstacle_category
    on obstacle_category.axis = 'obstacle'
    and obstacle.obstacle = obstacle_category.code
