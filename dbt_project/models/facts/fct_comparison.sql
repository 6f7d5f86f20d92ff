with

    kolada as (
        select
            'kolada' as source_name,
            varden.measure,
            -- Kolada's regions have codes of their own, which are not the counties'.
            case
                when area.area_type = 'K' then 'municipality' else 'region'
            end as area_level,
            area.area_code,
            cast(varden.year || '-01-01' as date) as period_start,
            'year' as period_grain,
            varden.sex,
            varden.value
        from {{ ref("stg_kolada__varden") }} as varden
        inner join
            {{ ref("kolada_areas") }} as area on varden.area_name = area.area_name
    ),

    kolada_v3 as (
        select
            'kolada' as source_name,
            varden.measure,
            'municipality' as area_level,
            area.area_code,
            cast(varden.year || '-01-01' as date) as period_start,
            'year' as period_grain,
            varden.sex,
            varden.value
        from {{ ref("stg_kolada__varden_v3") }} as varden
        inner join
            {{ ref("kolada_areas") }} as area on varden.area_code = area.area_code
        where area.area_type = 'K'
    ),

    socialstyrelsen as (
        select county_code, benefit_month, household_count, paid_tsek
        from {{ ref("stg_socialstyrelsen__ekonomiskt_bistand_manad") }}
    ),

    assistance as (
        select
            'socialstyrelsen' as source_name,
            'assistance_households' as measure,
            'county' as area_level,
            county_code as area_code,
            benefit_month as period_start,
            'month' as period_grain,
            'total' as sex,
            household_count as value
        from socialstyrelsen
        union all
        select
            'socialstyrelsen' as source_name,
            'assistance_paid_tsek' as measure,
            'county' as area_level,
            county_code as area_code,
            benefit_month as period_start,
            'month' as period_grain,
            'total' as sex,
            paid_tsek as value
        from socialstyrelsen
    ),

    published as (
        {{
            union_staging(
                ["kolada", "kolada_v3", "assistance"],
                [
                    "source_name",
                    "measure",
                    "area_level",
                    "area_code",
                    "period_start",
                    "period_grain",
                    "sex",
                    "value",
                ],
            )
        }}
    )

select
    source_name,
    measure,
    area_level,
    area_code,
    period_start,
    period_grain,
    sex,
    cast(value as decimal(18, 6)) as value
from published
