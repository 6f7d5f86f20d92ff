with

    -- Mentions that can contradict: the number tells a sex, and the system says one.
    mention as (
        select
            source_name,
            municipality_code,
            person_key,
            {{ contradicts() }} as is_contradiction
        from {{ ref("int_person_mention") }}
        where number_sex is not null and system_sex in ('women', 'men')
    )

select
    case
        when grouping(source_name) = 1 then 'total' else source_name
    end as source_name,
    case
        when grouping(municipality_code) = 1 then 'total' else municipality_code
    end as municipality_code,
    cast(count(distinct person_key) as integer) as person_count,
    cast(
        count(distinct case when is_contradiction then person_key end) as integer
    ) as contradicting_person_count
from mention
group by grouping sets ((source_name, municipality_code), (source_name), ())
