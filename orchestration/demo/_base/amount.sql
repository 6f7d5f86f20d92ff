-- One row per application: kronor asked for and granted, in öre. A refusal grants
-- nothing; what is granted in part is seven tenths of what was asked for.
with
    granted as (
        select application_id, amount_ore as granted_ore from payment where step = 1
    )

select
    application.application_id,
    case
        when application.outcome = 'granted' and granted.granted_ore is not null
        then granted.granted_ore
        when application.outcome = 'partial' and granted.granted_ore is not null
        then cast(round(granted.granted_ore / 0.7) as bigint)
        else
            100 * cast(4000 + floor(draw(application.application_id, 'asked') * 9000) as bigint)
    end as applied_ore,
    case
        when application.outcome = 'refused' then 0 else granted.granted_ore
    end as granted_ore
from application
left join granted on application.application_id = granted.application_id
