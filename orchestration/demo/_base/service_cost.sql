-- One row per municipality, year and activity of the ledger: its gross cost for the
-- year. Units are hours, days, portions or months of a service per 1,000 residents and
-- year, residents for open services; common costs come on top.
with
    service as (
        select *
        from
            (
                values
                    ('L100', 'lss_personlig_assistans', 1000, 340),
                    ('L110', 'lss_ledsagarservice', 53, 390),
                    ('L120', 'lss_kontaktperson', 10.8, 2300),
                    ('L130', 'lss_avlosarservice', 31, 400),
                    ('L140', 'lss_korttidsvistelse', 19, 4200),
                    ('L150', 'lss_korttidstillsyn', 59, 280),
                    ('L160', 'lss_boende_barn', 31, 4600),
                    ('L170', 'lss_gruppbostad', 299, 3000),
                    ('L180', 'lss_servicebostad', 285, 1600),
                    ('L190', 'lss_daglig_verksamhet', 399, 1000),
                    ('S100', 'sol_hemtjanst', 462, 500),
                    ('S110', 'sol_trygghetslarm', 13.8, 350),
                    ('S120', 'sol_matdistribution', 144, 95),
                    ('S130', 'sol_korttidsboende', 7.2, 2600),
                    ('S140', 'sol_sarskilt_boende', 233, 2500),
                    ('S150', 'sol_dagverksamhet', 7.4, 900),
                    ('S160', 'sol_boendestod', 76, 480),
                    ('S170', 'open_services', 1000, 60)
            ) as t(activity_code, service, units, price)
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
