-- One row per pupil of the culture school, course and term: children of the demo's
-- households, and others with a test number of their own. Girls and boys choose
-- differently, less so each year.
with
    at_home as (
        select
            concat('H', person.person_id) as pupil_id,
            person.person_id,
            person.number,
            person.sex,
            person.recorded_sex,
            person.birth_year,
            min(case_file.municipality_code) as municipality_code
        from person
        inner join case_file on person.household_no = case_file.household_no
        where
            person.household_role = 'child'
            and person.birth_year between 2005 and 2018
            and draw(person.person_id, 'culture school') < 0.3
        group by all
    ),

    unused as (
        select
            test_number.*,
            row_number() over (
                order by draw(test_number.number, 'culture school'), test_number.number
            ) as number_no
        from test_number
        anti join person on test_number.number = person.number
        anti join number_change on test_number.number = number_change.earlier_number
        where
            test_number.kind = 'personnummer'
            and test_number.birth_year between 2005 and 2018
    ),

    other as (
        select
            concat('T', number_no) as pupil_id,
            cast(null as bigint) as person_id,
            number,
            sex,
            sex as recorded_sex,
            birth_year,
            concat(
                '990',
                1 + cast(floor(pow(draw(number, 'place of school'), 1.6) * 8) as integer)
            ) as municipality_code
        from unused
        -- more girls than boys
        where
            number_no <= 2400 * getvariable('scale')
            and draw(number, 'is pupil') < case when sex = 'women' then 0.75 else 0.5 end
    ),

    pupil as (
        select
            *,
            cast(floor(draw(pupil_id, 'first term') * 6) as integer) as first_term,
            1 + cast(floor(draw(pupil_id, 'terms') * 4) as integer) as term_count
        from (
            select *
            from at_home
            union all by name
            select *
            from other
        )
    ),

    weight as (
        select
            *,
            sum(girls) over (order by instrument_no) as girls_to,
            sum(boys) over (order by instrument_no) as boys_to
        from
            (
                values
                    (1, 'piano', 0.16, 0.14),
                    (2, 'guitar', 0.09, 0.15),
                    (3, 'electric_guitar', 0.02, 0.16),
                    (4, 'drums', 0.03, 0.20),
                    (5, 'violin', 0.09, 0.04),
                    (6, 'flute', 0.07, 0.01),
                    (7, 'brass', 0.03, 0.08),
                    (8, 'vocals', 0.13, 0.04),
                    (9, 'dance', 0.19, 0.02),
                    (10, 'theatre', 0.10, 0.06),
                    (11, 'visual_art', 0.06, 0.03),
                    (12, 'film', 0.03, 0.07)
            ) as t(instrument_no, instrument, girls, boys)
    ),

    wish as (
        select
            pupil.*,
            term.term_no,
            course.course_no,
            -- a choice stays with the pupil, some change after a year
            concat(
                pupil.pupil_id,
                course.course_no,
                case
                    when draw(pupil.pupil_id, 'changes') < 0.2 then term.term_no // 2 else 0
                end
            ) as wish_id,
            -- some choose as the other sex does, more of them each year
            draw(pupil.pupil_id || course.course_no, 'free choice')
            < 0.10 + 0.12 * (term.term_no // 2) as chooses_freely
        from pupil
        inner join
            range(0, 6) as term(term_no)
            on term.term_no >= pupil.first_term
            and term.term_no < pupil.first_term + pupil.term_count
        inner join
            range(1, 3) as course(course_no)
            on course.course_no = 1
            or draw(pupil.pupil_id, 'second course') < 0.15
    ),

    chosen as (
        select wish.*, weight.instrument
        from wish
        inner join
            weight
            on case
                when (wish.sex = 'women') <> wish.chooses_freely
                then
                    draw(wish.wish_id, 'instrument') >= weight.girls_to - weight.girls
                    and draw(wish.wish_id, 'instrument') < weight.girls_to
                else
                    draw(wish.wish_id, 'instrument') >= weight.boys_to - weight.boys
                    and draw(wish.wish_id, 'instrument') < weight.boys_to
            end
    )

-- whoever has drawn the same course twice takes it once
select distinct
    concat(pupil_id, '-', term_no, '-', instrument) as choice_id,
    municipality_code,
    pupil_id,
    person_id,
    number,
    sex,
    recorded_sex,
    birth_year,
    instrument,
    case
        when term_no % 2 = 0
        then make_date(cast(2023 + term_no // 2 as integer), 1, 16)
        else make_date(cast(2023 + term_no // 2 as integer), 8, 21)
    end as start_date
from chosen
