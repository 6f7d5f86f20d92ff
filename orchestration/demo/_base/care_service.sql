-- One row per service that somebody may have as their first: how many places at the
-- demo's default size, the share of women (national shares of 2021), how long a stay
-- lasts on average, and who provides it.
select
    *,
    row_number() over () as service_no,
    -- a share of those in the window lived there when it began, by the mean stay
    stay_months_women / (stay_months_women + 36) as resident_share_women,
    stay_months_men / (stay_months_men + 36) as resident_share_men
from
    (
        values
            ('sol_hemtjanst', 'elderly', 420, 0.65, 34.0, 34.0, 0.22),
            ('sol_sarskilt_boende', 'elderly', 240, 0.67, 30.0, 30.0, 0.15),
            ('sol_korttidsboende', 'elderly', 40, 0.50, 4.0, 4.0, 0.10),
            ('sol_dagverksamhet', 'elderly', 40, 0.60, 18.0, 18.0, 0.00),
            ('sol_trygghetslarm', 'elderly', 100, 0.70, 48.0, 48.0, 0.00),
            ('sol_boendestod', 'adult', 160, 0.55, 30.0, 30.0, 0.10),
            ('lss_gruppbostad', 'adult', 170, 0.41, 150.0, 150.0, 0.18),
            ('lss_servicebostad', 'adult', 200, 0.41, 96.0, 60.0, 0.12),
            ('lss_personlig_assistans', 'adult', 90, 0.45, 120.0, 120.0, 0.60),
            ('lss_ledsagarservice', 'adult', 70, 0.42, 50.0, 50.0, 0.10),
            ('lss_kontaktperson', 'adult', 160, 0.45, 60.0, 60.0, 0.00),
            ('lss_daglig_verksamhet', 'adult', 140, 0.42, 120.0, 120.0, 0.12),
            ('lss_avlosarservice', 'child', 50, 0.29, 30.0, 30.0, 0.10),
            ('lss_korttidsvistelse', 'child', 80, 0.36, 40.0, 40.0, 0.15),
            ('lss_korttidstillsyn', 'child', 50, 0.37, 30.0, 30.0, 0.05),
            ('lss_boende_barn', 'child', 20, 0.35, 40.0, 40.0, 0.30)
    ) as t(
        service,
        age_group,
        place_count,
        women_share,
        stay_months_women,
        stay_months_men,
        private_share
    )
