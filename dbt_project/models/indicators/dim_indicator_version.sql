with

    -- The first one is that of the registry; the seed has those after it.
    version as (
        select indicator_id, 1 as version, false as is_break, valid_from
        from {{ ref("dim_indicator") }}
        union all
        select indicator_id, version, is_break, valid_from
        from {{ ref("indicator_versions") }}
    ),

    -- The period that a version begins in is the first of it.
    version_from as (
        {%- for grain in ["year", "month"] %}
            select
                indicator_id,
                version,
                is_break,
                '{{ grain }}' as period_grain,
                {{ period_start("valid_from", grain) }} as first_period
            from version
            {%- if not loop.last %}
                union all
            {% endif -%}
        {%- endfor %}
    ),

    in_order as (
        select
            *,
            row_number() over (
                partition by indicator_id, period_grain order by version
            ) as place,
            lead(first_period) over (
                partition by indicator_id, period_grain order by version
            ) as next_first_period
        from version_from
    )

select
    indicator_id,
    period_grain,
    version,
    is_break,
    first_period,
    -- The first version holds for what came before it too.
    case
        when place = 1 then cast('0001-01-01' as date) else first_period
    end as holds_from,
    coalesce(next_first_period, cast('9999-12-31' as date)) as holds_before
from in_order
