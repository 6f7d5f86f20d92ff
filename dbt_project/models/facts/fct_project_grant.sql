with

    delivered as (
        {{
            union_staging(
                [ref("stg_projektmedel__ansokan")],
                [
                    "municipality_code",
                    "fund_application_key",
                    "fund_programme",
                    "decision_date",
                    "applied_sek",
                    "granted_sek",
                    "fund_refusal_reason",
                    "girl_count",
                    "boy_count",
                    "woman_count",
                    "man_count",
                ],
            )
        }}
    ),

    application as (
        select
            *,
            coalesce(girl_count, 0) + coalesce(woman_count, 0) as women_count,
            coalesce(boy_count, 0) + coalesce(man_count, 0) as men_count,
            cast(applied_sek * 100 as bigint) as applied_ore,
            cast(granted_sek * 100 as bigint) as granted_ore
        from delivered
    ),

    -- What an application is for is shared by heads; the öre that does not divide goes
    -- to the men, and what is for nobody that was reported is of unknown sex.
    with_shares as (
        select
            *,
            women_count + men_count as receiver_count,
            case
                when women_count + men_count = 0
                then 0
                else
                    cast(
                        (
                            applied_ore * women_count
                            - applied_ore * women_count % (women_count + men_count)
                        )
                        / (women_count + men_count) as bigint
                    )
            end as women_applied_ore,
            case
                when women_count + men_count = 0
                then 0
                else
                    cast(
                        (
                            granted_ore * women_count
                            - granted_ore * women_count % (women_count + men_count)
                        )
                        / (women_count + men_count) as bigint
                    )
            end as women_granted_ore
        from application
    ),

    by_sex as (
        select
            *,
            'women' as sex,
            women_count as head_count,
            women_applied_ore as sex_applied_ore,
            women_granted_ore as sex_granted_ore
        from with_shares
        union all
        select
            *,
            'men',
            men_count,
            case
                when receiver_count > 0 then applied_ore - women_applied_ore else 0
            end,
            case when receiver_count > 0 then granted_ore - women_granted_ore else 0 end
        from with_shares
        union all
        select
            *,
            'unknown',
            0,
            case when receiver_count > 0 then 0 else applied_ore end,
            case when receiver_count > 0 then 0 else granted_ore end
        from with_shares
        union all
        select *, 'total', receiver_count, applied_ore, granted_ore
        from with_shares
    )

select
    'municipality' as area_level,
    municipality_code as area_code,
    fund_application_key,
    decision_date,
    fund_programme,
    case
        when granted_sek > 0 then null else coalesce(fund_refusal_reason, 'not_stated')
    end as fund_refusal_reason,
    granted_sek > 0 as is_granted,
    sex,
    cast(head_count as integer) as receiver_count,
    cast(sex_applied_ore * 0.01 as decimal(14, 2)) as applied_sek,
    cast(sex_granted_ore * 0.01 as decimal(14, 2)) as granted_sek
from by_sex
