with

    residence as (
        select
            municipality_code,
            person_key,
            sex,
            service,
            from_date,
            to_date,
            coalesce(to_date, cast('9999-12-31' as date)) as last_date
        from {{ ref("fct_service_spell") }}
        where service in ('lss_gruppbostad', 'lss_servicebostad')
    ),

    -- The register knows who lived there on its first day or later, and tells until its
    -- last month.
    window_of_register as (
        select
            area_code as municipality_code,
            min(month) as first_day,
            {{ period_end("max(month)", "month") }} as last_day
        from {{ ref("fct_collection") }}
        where fact = 'service_spell' and is_collected
        group by area_code
    ),

    -- Units of the same kind one after the other are one stay.
    with_gap as (
        select
            *,
            max(last_date) over (
                partition by municipality_code, person_key, service
                order by from_date, last_date
                rows between unbounded preceding and 1 preceding
            ) as last_date_before
        from residence
    ),

    numbered as (
        select
            *,
            sum(
                case
                    when {{ days_between("last_date_before", "from_date") }} <= 1
                    then 0
                    else 1
                end
            ) over (
                partition by municipality_code, person_key, service
                order by from_date, last_date
                rows between unbounded preceding and current row
            ) as stay_number
        from with_gap
    ),

    stay as (
        select
            municipality_code,
            person_key,
            service,
            stay_number,
            min(from_date) as from_date,
            max(last_date) as last_date
        from numbered
        group by 1, 2, 3, 4
    )

select
    stay.municipality_code,
    stay.person_key,
    {{ sex_on("least(stay.last_date, window_of_register.last_day)") }} as sex,
    cast(
        {{ band("age_interval", age_of_person("stay.from_date")) }} as varchar
    ) as age_interval,
    stay.service,
    stay.from_date,
    stay.last_date <= window_of_register.last_day as is_ended,
    -- Days of the stay that had passed when the register began.
    greatest(
        {{ days_between("stay.from_date", "window_of_register.first_day") }}, 0
    ) as entry_days,
    {{
        days_between(
            "stay.from_date", "least(stay.last_date, window_of_register.last_day)"
        )
    }} + 1 as stay_days
from stay
inner join
    window_of_register on stay.municipality_code = window_of_register.municipality_code
left join {{ ref("dim_person") }} as person on stay.person_key = person.person_key
-- Who had left before it began, or has not moved in yet, the register does not tell.
where
    stay.last_date >= window_of_register.first_day
    and stay.from_date <= window_of_register.last_day
