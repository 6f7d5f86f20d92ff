with

    registered as (
        {{
            union_staging(
                [ref("stg_epsilon__insats")],
                [
                    "municipality_code",
                    "spell_key",
                    "person_key",
                    "service",
                    "unit_code",
                    "provider",
                    "from_date",
                    "to_date",
                ],
            )
        }}
    ),

    spell as (
        select *, coalesce(person_key, md5(spell_key)) as spell_person_key
        from registered
    ),

    service as (select * from {{ ref("dim_category") }} where axis = 'service')

select
    spell.municipality_code,
    spell.spell_key,
    spell.spell_person_key as person_key,
    {{ sex_on("spell.to_date") }} as sex,
    cast(
        {{ band("age_band", age_of_person("spell.from_date")) }} as varchar
    ) as age_band,
    coalesce(person.birth_region, 'unknown') as birth_region,
    spell.service,
    service.parent_code as service_type,
    coalesce(spell.provider, 'unknown') as provider,
    {{ unit_in_cuts("spell.unit_code") }} as unit_code,
    spell.from_date,
    spell.to_date
from spell
inner join service on spell.service = service.code
left join
    {{ ref("dim_person") }} as person on spell.spell_person_key = person.person_key
