-- An activity that is not in seeds/ledger_activities.csv would silently cost no
-- service.
select distinct entry.activity_code
from {{ ref("fct_ledger_entry") }} as entry
left join
    {{ ref("ledger_activities") }} as activity
    on entry.activity_code = activity.activity_code
where entry.activity_code is not null and activity.activity_code is null
