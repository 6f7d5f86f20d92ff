-- the fictional municipalities; residents of 2024 at the demo's default size
select
    t.municipality_code,
    seed.municipality_name,
    t.source,
    t.residents,
    t.need,
    t.abroad_factor
from
    (
        values
            ('9901', 'alfa', 60000, 1.15, 1.25),
            ('9902', 'alfa', 31000, 1.00, 1.05),
            ('9903', 'alfa', 21000, 0.95, 0.95),
            ('9904', 'alfa', 15000, 0.80, 0.75),
            ('9905', 'alfa', 10500, 1.05, 0.90),
            ('9906', 'alfa', 8500, 0.85, 0.70),
            ('9907', 'beta', 9000, 0.95, 0.80),
            ('9908', 'beta', 5000, 0.80, 0.60)
    ) as t(municipality_code, source, residents, need, abroad_factor)
inner join
    read_csv(
        getvariable('seeds') || '/municipalities.csv', header = true, all_varchar = true
    ) as seed
    on t.municipality_code = seed.municipality_code
