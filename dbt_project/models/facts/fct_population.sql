with

    delivered as (
        select
            municipality_name, population_year, age, sex, birth_region, resident_count
        from {{ ref("stg_scb__fodelseregion") }}
        union all
        select
            municipality_name,
            population_year,
            age,
            sex,
            'total' as birth_region,
            resident_count
        from {{ ref("stg_scb__folkmangd") }}
    ),

    by_age_band as (
        select
            municipality.municipality_code,
            delivered.population_year,
            delivered.sex,
            {{ band("age_band", "delivered.age") }} as age_band,
            {{ band("age_interval", "delivered.age") }} as age_interval,
            delivered.age >= 18 as is_adult,
            delivered.birth_region,
            sum(delivered.resident_count) as resident_count,
            count(*) = count(delivered.resident_count) as is_whole
        from delivered
        inner join
            {{ ref("dim_municipality") }} as municipality
            on delivered.municipality_name = municipality.municipality_name
        where delivered.sex <> 'total'
        group by 1, 2, 3, 4, 5, 6, 7
    ),

    -- Where the agency does not give one count (..), nothing is known of the whole.
    flagged as (
        select *, max(birth_region = 'total') over municipality_year as has_birth_total
        from by_age_band
        window municipality_year as (partition by municipality_code, population_year)
        qualify min(is_whole) over municipality_year
    ),

    -- Women and men make the total: one of single years that each have noise of their
    -- own would lie outside both. A total of regions that the agency publishes is
    -- taken as it is, for it has the noise of fewer cells.
    with_sex_total as (
        select
            municipality_code,
            population_year,
            case when grouping(sex) = 1 then 'total' else sex end as sex,
            age_band,
            age_interval,
            is_adult,
            birth_region,
            has_birth_total,
            sum(resident_count) as resident_count
        from flagged
        group by
            municipality_code,
            population_year,
            age_band,
            age_interval,
            is_adult,
            birth_region,
            has_birth_total,
            cube (sex)
    ),

    with_birth_total as (
        select
            municipality_code,
            population_year,
            sex,
            age_band,
            age_interval,
            is_adult,
            birth_region,
            resident_count
        from with_sex_total
        union all
        select
            municipality_code,
            population_year,
            sex,
            age_band,
            age_interval,
            is_adult,
            'total' as birth_region,
            sum(resident_count)
        from with_sex_total
        where not has_birth_total
        group by
            municipality_code, population_year, sex, age_band, age_interval, is_adult
    )

select
    'municipality' as area_level,
    municipality_code as area_code,
    cast(population_year || '-12-31' as date) as reference_date,
    sex,
    cast(age_band as varchar) as age_band,
    cast(age_interval as varchar) as age_interval,
    is_adult,
    birth_region,
    cast(resident_count as integer) as resident_count
from with_birth_total
