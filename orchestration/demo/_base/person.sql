-- One row per person: who the office believes it is. `number` is a test number where
-- there is one
-- of the wanted sex and year of birth, else an id of the office's own that is nobody's.
with
    applicant as (
        select
            household_no,
            1 as place_no,
            'applicant' as household_role,
            applicant_sex as sex,
            least(
                2024 - cast(
                    case
                        when has_children
                        then 23 + floor(draw(household_no, 'age') * 20)
                        when draw(household_no, 'age band') < 0.20
                        then 19 + floor(draw(household_no, 'age') * 6)
                        when draw(household_no, 'age band') < 0.50
                        then 25 + floor(draw(household_no, 'age') * 10)
                        when draw(household_no, 'age band') < 0.83
                        then 35 + floor(draw(household_no, 'age') * 9)
                        when draw(household_no, 'age band') < 0.91
                        then 44 + floor(draw(household_no, 'age') * 11)
                        when draw(household_no, 'age band') < 0.97
                        then 55 + floor(draw(household_no, 'age') * 10)
                        else 65 + floor(draw(household_no, 'age') * 25)
                    end as integer
                ),
                year(month_at(first_month)) - 19
            ) as wanted_year,
            is_from_abroad
        from household
    ),

    co_applicant as (
        select
            applicant.household_no,
            2 as place_no,
            'co_applicant' as household_role,
            case
                when household.is_same_sex = (applicant.sex = 'women')
                then 'women'
                else 'men'
            end as sex,
            least(
                applicant.wanted_year
                - 5
                + cast(
                    floor(draw(applicant.household_no, 'age of other') * 11) as integer
                ),
                year(month_at(household.first_month)) - 19
            ) as wanted_year,
            case
                when draw(applicant.household_no, 'abroad of other') < 0.85
                then applicant.is_from_abroad
                else not applicant.is_from_abroad
            end as is_from_abroad
        from applicant
        inner join household on applicant.household_no = household.household_no
        where household.is_couple
    ),

    child as (
        select
            applicant.household_no,
            cast(2 + t.i as integer) as place_no,
            'child' as household_role,
            case
                when draw(applicant.household_no * 10 + t.i, 'sex of child') < 0.485
                then 'women'
                else 'men'
            end as sex,
            cast(
                greatest(applicant.wanted_year + 19, 2007) + floor(
                    draw(applicant.household_no * 10 + t.i, 'age of child')
                    * (2024 - greatest(applicant.wanted_year + 19, 2007))
                ) as integer
            ) as wanted_year,
            applicant.is_from_abroad
            and draw(applicant.household_no * 10 + t.i, 'abroad')
            < 0.35 as is_from_abroad
        from applicant
        inner join household on applicant.household_no = household.household_no
        cross join range(1, 6) as t(i)
        where
            household.has_children
            and t.i
            <= 1 + floor(pow(draw(applicant.household_no, 'children'), 1.8) * 4.999)
    ),

    wanted as (
        select *
        from applicant
        union all by name
        select *
        from co_applicant
        union all by name
        select *
        from child
    ),

    identified as (
        select
            *,
            household_no * 10 + place_no as person_id,
            household_role = 'child' as is_child,
            case
                when draw(household_no * 10 + place_no, 'kind') < 0.005
                then 'none'
                when draw(household_no * 10 + place_no, 'kind') < 0.013
                then 'local'
                when
                    is_from_abroad
                    and draw(household_no * 10 + place_no, 'kind') < 0.051
                then 'samordningsnummer'
                else 'personnummer'
            end as kind
        from wanted
    ),

    -- nearest to the wish: same kind, sex and year of birth
    ranked as (
        select
            *,
            row_number() over (
                partition by kind, sex, wanted_year
                order by draw(person_id, 'rank'), person_id
            ) as rank_in_year
        from identified
    ),

    ranked_number as (
        select
            *,
            row_number() over (
                partition by kind, sex, birth_year order by draw(number, 'rank'), number
            ) as rank_in_year
        from test_number
    ),

    matched as (
        select ranked.*, ranked_number.number
        from ranked
        left join
            ranked_number
            on ranked.kind = ranked_number.kind
            and ranked.sex = ranked_number.sex
            and ranked.wanted_year = ranked_number.birth_year
            and ranked.rank_in_year = ranked_number.rank_in_year
    ),

    -- few test numbers were born before 1981: who is left takes any number of a
    -- grown-up or child
    left_over as (
        select
            person_id,
            sex,
            is_child,
            row_number() over (
                partition by sex, is_child
                order by draw(person_id, 'second rank'), person_id
            ) as second_rank
        from matched
        where number is null and kind in ('personnummer', 'samordningsnummer')
    ),

    left_over_number as (
        select
            test_number.number,
            test_number.sex,
            test_number.birth_year >= 2007 as is_child,
            row_number() over (
                partition by test_number.sex, test_number.birth_year >= 2007
                order by draw(test_number.number, 'second rank'), test_number.number
            ) as second_rank
        from test_number
        anti join matched on test_number.number = matched.number
        where
            test_number.kind = 'personnummer'
            and (
                test_number.birth_year between 1981 and 2002
                or test_number.birth_year between 2007 and 2023
            )
    ),

    -- one applicant is a hundred years old
    centenarian as (
        select
            (
                select min(person_id)
                from matched
                inner join household on matched.household_no = household.household_no
                where
                    matched.kind = 'personnummer'
                    and household.household_type = 'single_woman'
                    and household.municipality_code = '9904'
                    and household.first_month <= 0
                    and household.last_month >= 30
                    and not household.is_never_granted
            ) as person_id,
            (
                select min(test_number.number)
                from test_number
                anti join matched on test_number.number = matched.number
                where
                    test_number.kind = 'personnummer'
                    and test_number.sex = 'women'
                    and test_number.birth_year in (1923, 1924)
            ) as number
    ),

    numbered as (
        select
            matched.* exclude (number),
            case
                when matched.kind = 'none'
                then null
                when matched.kind = 'local'
                then 'LOK-' || lpad(cast(matched.person_id as varchar), 8, '0')
                else
                    coalesce(
                        centenarian.number,
                        matched.number,
                        left_over_number.number,
                        'DEMO-' || lpad(cast(matched.person_id as varchar), 8, '0')
                    )
            end as number
        from matched
        left join left_over on matched.person_id = left_over.person_id
        left join
            left_over_number
            on left_over.sex = left_over_number.sex
            and left_over.is_child = left_over_number.is_child
            and left_over.second_rank = left_over_number.second_rank
        left join
            centenarian
            on matched.person_id = centenarian.person_id
            and centenarian.number is not null
    )

select
    numbered.person_id,
    numbered.household_no,
    numbered.place_no,
    numbered.household_role,
    numbered.number,
    numbered.sex,
    -- what the system's own column says
    case
        when
            draw(numbered.person_id, 'sex column')
            < case when numbered.kind in ('none', 'local') then 0.4 else 0.015 end
        then null
        when
            draw(numbered.person_id, 'sex column') < 0.020
            and test_number.number is not null
        then case when numbered.sex = 'women' then 'men' else 'women' end
        else numbered.sex
    end as recorded_sex,
    coalesce(test_number.birth_year, numbered.wanted_year) as birth_year,
    coalesce(
        test_number.birth_month,
        1 + cast(floor(draw(numbered.person_id, 'month') * 12) as integer)
    ) as birth_month,
    case
        when draw(numbered.person_id, 'birth region') < 0.01
        then 'unknown'
        when numbered.is_from_abroad
        then 'abroad'
        else 'sweden'
    end as birth_region
from numbered
left join test_number on numbered.number = test_number.number
