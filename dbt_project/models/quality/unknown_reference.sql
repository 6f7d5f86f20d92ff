with
    -- An activity without a service: what is booked on it is cost of nobody.
    entry as (
        {{
            union_staging(
                [ref("stg_ekonomi__sie"), ref("stg_ekonomi__transaktion")],
                ["municipality_code", "activity_code", "delivery_id", "row_number"],
            )
        }}
    )

select
    'ledger_activity' as kind,
    entry.municipality_code as area_code,
    entry.activity_code as code,
    delivery.source_name,
    delivery.file_name,
    min(entry.row_number) as first_row_number,
    count(*) as row_count
from entry
inner join raw.log.delivery as delivery on entry.delivery_id = delivery.delivery_id
left join
    {{ ref("ledger_activities") }} as activity
    on entry.activity_code = activity.activity_code
where entry.activity_code is not null and activity.activity_code is null
group by 1, 2, 3, 4, 5
union all
-- A number whose last one is not found: replaced too often, or in a circle of one day.
select
    'person_link',
    cast(null as varchar),
    cast(null as varchar),
    cast(null as varchar),
    cast(null as varchar),
    cast(null as bigint),
    count(*)
from {{ ref("int_person_link") }} as person_link
inner join
    {{ ref("int_person_link") }} as next_link
    on person_link.person_key = next_link.number_key
having count(*) > 0
