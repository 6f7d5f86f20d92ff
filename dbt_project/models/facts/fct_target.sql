with target as (select * from {{ ref("stg_forbattring__malvarde") }})

{% for sex in ["women", "men"] -%}
    select
        municipality_code,
        indicator_id,
        year,
        '{{ sex }}' as sex,
        {{ sex }}_target as target_value,
        steering_document,
        diary_number
    from target
    where {{ sex }}_target is not null
    {% if not loop.last %}
        union all
    {% endif %}
{%- endfor %}
