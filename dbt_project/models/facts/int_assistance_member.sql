with

    member as (
        {{
            union_staging(
                [ref("stg_alfa__hushall"), ref("stg_beta__person")],
                [
                    "municipality_code",
                    "case_key",
                    "member_key",
                    "person_key",
                    "number_kind",
                    "number_sex",
                    "birth_year",
                    "birth_month",
                    "system_sex",
                    "household_role",
                    "birth_region",
                    "from_date",
                    "to_date",
                ],
            )
        }}
    )

select
    municipality_code,
    case_key,
    -- A member without any number is a person of their own: counted, never dropped or
    -- merged.
    coalesce(person_key, md5(member_key)) as person_key,
    coalesce(number_kind, 'none') as number_kind,
    number_sex,
    birth_year,
    birth_month,
    system_sex,
    household_role,
    birth_region,
    from_date,
    to_date
from member
