-- Invented figures of invented municipalities, in the shape of the API: real ones have
-- values that we have not been given. 9820 has too few men for a value; that of 9819 for
-- 2023 was taken back later.
with
    kpi as (
        select *
        from
            (
                values
                    ('N31814', 33.0, 37.0, 6.0),
                    ('U31402', 15.0, 13.5, 4.0),
                    ('U31462', 71.0, 68.0, 8.0),
                    ('U31801', 17.0, 17.0, 5.0)
            ) as t(kpi, women, men, spread)
    ),

    place as (
        select
            cast(code as varchar) as municipality,
            cast(3000 + floor(pow(draw(code, 'residents'), 3) * 40000) as integer) as women
        from range(9811, 9821) as t(code)
    ),

    by_sex as (
        select
            kpi.kpi,
            place.municipality,
            year_no as period,
            s.sex,
            round(
                case s.sex
                    when 'women' then kpi.women when 'men' then kpi.men else (kpi.women + kpi.men) / 2
                end
                + kpi.spread * 2 * (draw(concat(place.municipality, kpi.kpi), 'level') - 0.5)
                + case when s.sex = 'total' then 0 else 2 * (draw(concat(place.municipality, kpi.kpi, s.sex, year_no), 'year') - 0.5) end,
                6
            ) as figure
        from place
        cross join range(2023, 2026) as y(year_no)
        cross join kpi
        cross join (values ('women'), ('men'), ('total')) as s(sex)
        where kpi.kpi <> 'U31801' or s.sex = 'total'
        union all by name
        select
            'N01951' as kpi,
            place.municipality,
            year_no as period,
            s.sex,
            case s.sex when 'women' then women when 'men' then women + 37 else 2 * women + 37 end as figure
        from place
        cross join range(2023, 2026) as y(year_no)
        cross join (values ('women'), ('men'), ('total')) as s(sex)
    ),

    delivered as (
        select *, '20260301' as _received, false as isdeleted
        from by_sex
        union all by name
        select *, '20260401' as _received, true as isdeleted
        from by_sex
        where municipality = '9819' and period = 2023 and kpi = 'N31814'
    )

select
    _received,
    kpi,
    municipality,
    cast(period as integer) as period,
    sex as gender,
    1 as "count",
    '' as status,
    case
        when municipality = '9820' and sex = 'men' and kpi <> 'N01951'
        then null
        when not isdeleted
        then cast(figure as decimal(18, 6))
    end as value,
    isdeleted
from delivered
order by _received, kpi, gender, municipality, period
