with

    delivered as ({{ current_rows("ekonomi", "fordelningsnyckel") }}),

    renamed as (
        select
            _area_code as municipality_code,
            -- a file is for a year, and its rows belong to the year's first month
            _period_month as period_start,
            fran_verksamhet as activity_code,
            till_insats as service,
            andel as cost_share
        from delivered
    )

select *
from renamed
