-- One row per municipality, year and activity of the ledger: its gross cost for the
-- year. Users per 1,000 residents are about the nation's; units are hours, days,
-- portions or months of a user's year; common costs come on top.
with
    service as (
        select *
        from
            (
                values
                    ('L100', 'lss_personlig_assistans', 0.5, 3100, 340),
                    ('L110', 'lss_ledsagarservice', 0.63, 120, 390),
                    ('L120', 'lss_kontaktperson', 1.7, 12, 2300),
                    ('L130', 'lss_avlosarservice', 0.39, 240, 400),
                    ('L140', 'lss_korttidsvistelse', 0.84, 60, 4200),
                    ('L150', 'lss_korttidstillsyn', 0.43, 190, 900),
                    ('L160', 'lss_boende_barn', 0.1, 365, 4600),
                    ('L170', 'lss_gruppbostad', 1.9, 365, 3000),
                    ('L180', 'lss_servicebostad', 0.9, 365, 1600),
                    ('L190', 'lss_daglig_verksamhet', 3.8, 200, 1000),
                    ('S100', 'sol_hemtjanst', 17, 380, 500),
                    ('S110', 'sol_trygghetslarm', 22, 12, 350),
                    ('S120', 'sol_matdistribution', 5, 260, 95),
                    ('S130', 'sol_korttidsboende', 0.9, 365, 2600),
                    ('S140', 'sol_sarskilt_boende', 7.8, 365, 2500),
                    ('S150', 'sol_dagverksamhet', 1, 100, 900),
                    ('S160', 'sol_boendestod', 3, 100, 480),
                    ('S170', 'open_services', 1000, 1, 120)
            ) as t(activity_code, service, users, units, price)
    ),

    direct as (
        select
            municipality.municipality_code,
            t.year,
            service.activity_code,
            service.service,
            cast(
                municipality.residents
                / 1000
                * service.users
                * service.units
                * service.price
                * t.prices
                * getvariable('scale')
                * (
                    0.92 + 0.16 * draw(
                        concat(municipality.municipality_code, service.service),
                        'level of cost'
                    )
                ) as bigint
            ) as cost_kr
        from municipality
        cross join service
        cross join (values (2023, 0.96), (2024, 1.0), (2025, 1.035)) as t(year, prices)
    ),

    common as (
        select
            direct.municipality_code,
            direct.year,
            t.activity_code,
            cast(sum(direct.cost_kr) * t.thousandths // 1000 as bigint) as cost_kr
        from direct
        inner join
            (values ('L900', 'L', 35), ('S900', 'S', 30), ('G900', '', 45)) as t(
                activity_code, starts_with, thousandths
            )
            on starts_with(direct.activity_code, t.starts_with)
        group by direct.municipality_code, direct.year, t.activity_code, t.thousandths
    )

select municipality_code, year, activity_code, service, cost_kr
from direct
union all
select municipality_code, year, activity_code, cast(null as varchar) as service, cost_kr
from common
