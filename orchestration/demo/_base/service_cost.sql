-- One row per municipality, year and activity of the ledger: its gross cost for the
-- year, which is what was performed at the municipality's expense times a price near the
-- one below; open services cost so much per resident. Common costs come on top.
with
    service as (
        select *
        from
            (
                values
                    ('L100', 'lss_personlig_assistans', 340),
                    ('L110', 'lss_ledsagarservice', 390),
                    ('L120', 'lss_kontaktperson', 2300),
                    ('L130', 'lss_avlosarservice', 400),
                    ('L140', 'lss_korttidsvistelse', 4200),
                    ('L150', 'lss_korttidstillsyn', 280),
                    ('L160', 'lss_boende_barn', 4600),
                    ('L170', 'lss_gruppbostad', 3000),
                    ('L180', 'lss_servicebostad', 1600),
                    ('L190', 'lss_daglig_verksamhet', 1000),
                    ('S100', 'sol_hemtjanst', 500),
                    ('S110', 'sol_trygghetslarm', 350),
                    ('S120', 'sol_matdistribution', 95),
                    ('S130', 'sol_korttidsboende', 2600),
                    ('S140', 'sol_sarskilt_boende', 2500),
                    ('S150', 'sol_dagverksamhet', 900),
                    ('S160', 'sol_boendestod', 480),
                    ('S170', 'open_services', 60)
            ) as t(activity_code, service, price)
    ),

    price_level as (
        select * from (values (2023, 0.96), (2024, 1.0), (2025, 1.035)) as t(year, prices)
    ),

    volume as (
        select municipality_code, year(month) as year, service, sum(performed) as units
        from care_month
        where payer = 'municipality' or provider = 'municipal'
        group by all
        union all
        select
            municipality.municipality_code,
            price_level.year,
            'open_services',
            municipality.residents * getvariable('scale')
        from municipality
        cross join price_level
    ),

    direct as (
        select
            volume.municipality_code,
            volume.year,
            service.activity_code,
            service.service,
            cast(
                volume.units
                * service.price
                * price_level.prices
                * (
                    0.92 + 0.16 * draw(
                        concat(volume.municipality_code, service.service), 'level of cost'
                    )
                ) as bigint
            ) as cost_kr
        from volume
        inner join service on volume.service = service.service
        inner join price_level on volume.year = price_level.year
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
