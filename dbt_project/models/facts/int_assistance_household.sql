with

    case_month as (
        select municipality_code, case_key, benefit_month
        from {{ ref("int_assistance_payment") }}
        union
        select
            municipality_code,
            case_key,
            {{ period_start("application_date", "month") }} as benefit_month
        from {{ ref("int_assistance_application") }}
    ),

    member_month as (
        select
            case_month.municipality_code,
            case_month.case_key,
            case_month.benefit_month,
            member.person_key,
            max(member.household_role = 'applicant') as is_applicant,
            max(member.household_role <> 'child') as is_adult_role
        from case_month
        inner join
            {{ ref("int_assistance_member") }} as member
            on case_month.case_key = member.case_key
            and member.from_date
            <= {{ period_end("case_month.benefit_month", "month") }}
            and coalesce(member.to_date, cast('9999-12-31' as date))
            >= case_month.benefit_month
        group by 1, 2, 3, 4
    ),

    with_person as (
        select
            member_month.*,
            {{ sex_on("member_month.benefit_month") }} as sex,
            {{ age_of_person("member_month.benefit_month") }} as age
        from member_month
        inner join
            {{ ref("dim_person") }} as person
            on member_month.person_key = person.person_key
    ),

    with_role as (
        select *, is_adult_role and coalesce(age, 18) >= 18 as is_household_adult
        from with_person
    ),

    household as (
        select
            municipality_code,
            case_key,
            benefit_month,
            count(*) filter (where is_household_adult) as adult_count,
            count(*) filter (where not is_household_adult) as child_count,
            count(*) filter (where is_household_adult and sex = 'women') as women_count,
            count(*) filter (where is_household_adult and sex = 'men') as men_count,
            min(person_key) filter (where is_applicant) as applicant_key
        from with_role
        group by 1, 2, 3
    )

select
    with_role.municipality_code,
    with_role.case_key,
    with_role.benefit_month,
    with_role.person_key,
    with_role.is_applicant,
    with_role.is_household_adult,
    household.applicant_key,
    case
        when household.adult_count = 0
        then 'child_household'
        when household.adult_count > 1 and household.child_count > 0
        then 'couple_with_children'
        when household.adult_count > 1
        then 'couple'
        when household.women_count = 1 and household.child_count > 0
        then 'single_woman_with_children'
        when household.women_count = 1
        then 'single_woman'
        when household.men_count = 1 and household.child_count > 0
        then 'single_man_with_children'
        when household.men_count = 1
        then 'single_man'
        else 'unknown'
    end as household_type,
    case
        when household.adult_count < 2
        then 'no_couple'
        when household.women_count + household.men_count < household.adult_count
        then 'unknown'
        when household.women_count > 0 and household.men_count > 0
        then 'mixed'
        when household.women_count > 0
        then 'two_women'
        else 'two_men'
    end as couple_type
from with_role
inner join
    household
    on with_role.case_key = household.case_key
    and with_role.benefit_month = household.benefit_month
