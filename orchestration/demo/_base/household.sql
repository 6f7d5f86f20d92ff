-- One row per household that has been in touch with the office in 2023–2025.
-- Shares of household types: households with economic assistance, Sweden 2021.
with
    numbered as (
        select cast(i as bigint) as household_no
        from range(1, 1 + cast(round(getvariable('persons') / 1.72) as bigint)) as t(i)
    ),

    place as (
        select
            municipality_code,
            sum(residents * need) over (order by municipality_code)
            / sum(residents * need) over () as upper_share
        from municipality
    ),

    typed as (
        select
            household_no,
            case
                when draw(household_no, 'type') < 0.422
                then 'single_man'
                when draw(household_no, 'type') < 0.670
                then 'single_woman'
                when draw(household_no, 'type') < 0.825
                then 'single_woman_with_children'
                when draw(household_no, 'type') < 0.854
                then 'single_man_with_children'
                when draw(household_no, 'type') < 0.886
                then 'couple'
                else 'couple_with_children'
            end as household_type,
            -- months from first to last; weights are those of households seen in a
            -- window
            case
                when draw(household_no, 'length') < 0.27
                then 1 + floor(draw(household_no, 'months') * 5)
                when draw(household_no, 'length') < 0.55
                then 6 + floor(draw(household_no, 'months') * 10)
                else 16 + floor(draw(household_no, 'months') * 60)
            end as months
        from numbered
    )

select
    typed.household_no,
    typed.household_type,
    (
        select min(place.municipality_code)
        from place
        where place.upper_share > draw(typed.household_no, 'municipality')
    ) as municipality_code,
    typed.household_type like '%with_children' as has_children,
    typed.household_type like 'couple%' as is_couple,
    typed.household_type like 'couple%'
    and draw(typed.household_no, 'same sex') < 0.03 as is_same_sex,
    case
        when typed.household_type like 'couple%'
        then
            case
                when draw(typed.household_no, 'who applies') < 0.62
                then 'men'
                else 'women'
            end
        when typed.household_type like 'single_man%'
        then 'men'
        else 'women'
    end as applicant_sex,
    draw(typed.household_no, 'abroad') < 0.58 as is_from_abroad,
    -- months are counted from January 2023 = 0; long households began before
    cast(
        floor(draw(typed.household_no, 'entry') * (35 + typed.months))
        - typed.months
        + 1 as integer
    ) as first_month,
    cast(
        floor(draw(typed.household_no, 'entry') * (35 + typed.months)) as integer
    ) as last_month,
    draw(typed.household_no, 'refused') < 0.03 as is_never_granted
from typed
