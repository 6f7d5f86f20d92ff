-- One row per adult and municipality that individual and family care has assessed. Most
-- have economic assistance too; some forty a year have not, and their own test number.
-- `burden` makes needs come together; `lives_with_violence` is what an officer who asks
-- is told.
with
    recipient as (
        select
            case_file.case_id || '-' || person.place_no as client_id,
            person.person_id,
            case_file.municipality_code,
            cast(null as varchar) as number,
            person.sex,
            person.recorded_sex,
            person.birth_region,
            person.birth_year,
            greatest(case_file.first_month, -8) as first_month,
            least(case_file.last_month, 35) as last_month
        from person
        inner join case_file on person.household_no = case_file.household_no
        where
            person.household_role <> 'child'
            and case_file.last_month >= 0
            and draw(case_file.case_id || person.person_id, 'client') < 0.42
    ),

    unused as (
        select
            test_number.*,
            row_number() over (order by draw(test_number.number, 'client')) as number_no
        from test_number
        anti join person on test_number.number = person.number
        anti join number_change on test_number.number = number_change.earlier_number
        where
            test_number.kind = 'personnummer'
            and test_number.birth_year between 1940 and 2004
    ),

    other as (
        select
            concat('F', lpad(cast(unused.number_no as varchar), 7, '0')) as client_id,
            -unused.number_no as person_id,
            municipality.municipality_code,
            unused.number,
            unused.sex,
            unused.sex as recorded_sex,
            case
                when draw(unused.number, 'abroad') < 0.3 then 'abroad' else 'sweden'
            end as birth_region,
            unused.birth_year,
            cast(floor(draw(unused.number, 'month') * 36) as integer) as first_month,
            35 as last_month
        from unused
        inner join
            municipality
            on municipality.municipality_code
            = concat('990', 1 + cast(floor(pow(draw(unused.number, 'place'), 2) * 8) as integer))
        where unused.number_no <= 120 * getvariable('scale')
    ),

    everybody as (
        select *
        from recipient
        union all by name
        select *
        from other
    ),

    dated as (
        select
            *,
            cast(
                month_at(
                    first_month + cast(
                        floor(draw(client_id, 'first') * (last_month - first_month + 1))
                        as integer
                    )
                )
                + to_days(cast(floor(draw(client_id, 'day') * 27) as integer)) as date
            ) as first_day
        from everybody
    )

select
    * exclude (first_month, last_month),
    cast(
        first_day + to_days(cast(60 + floor(draw(client_id, 'length') * 800) as integer))
        as date
    ) as last_day,
    0.45 + 1.1 * draw(client_id, 'burden') as burden,
    draw(client_id, 'exposed')
    < case when sex = 'women' then 0.29 else 0.23 end as lives_with_violence,
    draw(client_id, 'perpetrator') < case
        when sex = 'women' then 0.05 else 0.13
    end + case
        when
            draw(client_id, 'exposed') < case when sex = 'women' then 0.29 else 0.23 end
        then 0.06
        else 0
    end as uses_violence
from dated
