with

    owed_year as ({{ owed_years("placement_year") }}),

    area as ({{ area_names() }}),

    sex as (
        select code, label_sv, label_en
        from {{ ref("dim_category") }}
        where axis = 'sex'
    ),

    from_form as (
        select code, label_sv, label_en
        from {{ ref("dim_category") }}
        where axis = 'placement_form' and parent_code = 'institution'
        union all
        select 'total', 'Totalt', 'Total'
    ),

    spell as (
        select *, coalesce(to_date, cast('9999-12-31' as date)) as last_day
        from {{ ref("fct_placement") }}
    ),

    -- Whoever moves from one institution to another has not left.
    departure as (
        select
            institution.municipality_code,
            institution.person_key,
            institution.sex,
            institution.placement_form as from_form,
            institution.to_date as left_on,
            institution.known_until,
            {{ months_after("institution.to_date", 12) }} as year_after
        from spell as institution
        left join
            spell as next_institution
            on institution.person_key = next_institution.person_key
            and next_institution.placement_group = 'institution'
            and next_institution.from_date <= {{ day_after("institution.to_date") }}
            and next_institution.last_day > institution.to_date
        where
            institution.is_adult
            and institution.is_ended
            and institution.placement_group = 'institution'
            and next_institution.placement_key is null
    ),

    area_departure as ({{ at_each_level("departure") }}),

    -- A person leaves once a year: the last time counts, and the form then left.
    last_departure as (
        select *, {{ period_start("left_on", "year") }} as year_start
        from area_departure
        qualify
            row_number() over (
                partition by
                    area_level,
                    area_code,
                    person_key,
                    {{ period_start("left_on", "year") }}
                order by left_on desc, municipality_code
            )
            = 1
    ),

    -- The first own home that the person has some day in the twelve months after.
    own_home as (
        select
            last_departure.area_level,
            last_departure.area_code,
            last_departure.person_key,
            last_departure.year_start,
            spell.from_date,
            spell.to_date,
            spell.known_until
        from last_departure
        inner join
            spell
            on last_departure.person_key = spell.person_key
            and spell.placement_group = 'own_home'
            and spell.from_date <= last_departure.year_after
            and spell.last_day > last_departure.left_on
        qualify
            row_number() over (
                partition by
                    last_departure.area_level,
                    last_departure.area_code,
                    last_departure.person_key,
                    last_departure.year_start
                order by spell.from_date, spell.placement_key
            )
            = 1
    ),

    followed as (
        select
            last_departure.area_level,
            last_departure.area_code,
            last_departure.year_start,
            last_departure.sex,
            last_departure.from_form,
            last_departure.year_after <= last_departure.known_until as is_followed,
            own_home.from_date is not null as has_own_home,
            {{ months_after("own_home.from_date", 12) }}
            <= own_home.known_until as is_home_followed,
            coalesce(own_home.to_date, cast('9999-12-31' as date))
            >= {{ months_after("own_home.from_date", 12) }} as is_still_there
        from last_departure
        left join
            own_home
            on last_departure.area_level = own_home.area_level
            and last_departure.area_code = own_home.area_code
            and last_departure.person_key = own_home.person_key
            and last_departure.year_start = own_home.year_start
    ),

    counted as (
        select
            area_level,
            area_code,
            year_start,
            case
                when grouping(from_form) = 1 then 'total' else from_form
            end as from_form,
            case when grouping(sex) = 1 then 'total' else sex end as sex,
            count(*) as leaver_count,
            count(*) filter (where is_followed) as followed_count,
            count(*) filter (where is_followed and has_own_home) as own_home_count,
            count(*) filter (
                where is_followed and has_own_home and is_home_followed
            ) as home_followed_count,
            count(*) filter (
                where
                    is_followed and has_own_home and is_home_followed and is_still_there
            ) as still_there_count
        from followed
        group by area_level, area_code, year_start, cube (from_form, sex)
    )

select
    owed_year.area_level,
    owed_year.area_code,
    area.area_name,
    owed_year.year,
    from_form.code as from_form,
    from_form.label_sv as from_form_label_sv,
    from_form.label_en as from_form_label_en,
    sex.code as sex,
    sex.label_sv as sex_label_sv,
    sex.label_en as sex_label_en,
    owed_year.status,
    owed_year.release_status,
    {%- for column in [
        "leaver_count",
        "followed_count",
        "own_home_count",
        "home_followed_count",
        "still_there_count",
    ] %}
        case
            when owed_year.status <> 'not_collected'
            then cast(coalesce(counted.{{ column }}, 0) as integer)
        end as {{ column }},
    {%- endfor %}
    case
        when counted.followed_count > 0
        then cast(counted.own_home_count as double) / counted.followed_count
    end as own_home_share,
    {{ wilson_lo("counted.own_home_count", "counted.followed_count") }}
    as own_home_share_lo,
    {{ wilson_hi("counted.own_home_count", "counted.followed_count") }}
    as own_home_share_hi,
    case
        when counted.home_followed_count > 0
        then cast(counted.still_there_count as double) / counted.home_followed_count
    end as still_there_share
from owed_year
inner join area on owed_year.area_code = area.area_code
cross join from_form
cross join sex
left join
    counted
    on owed_year.area_level = counted.area_level
    and owed_year.area_code = counted.area_code
    and owed_year.year_start = counted.year_start
    and from_form.code = counted.from_form
    and sex.code = counted.sex
