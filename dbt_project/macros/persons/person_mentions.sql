{#-
    Every mention of a person in the staging models: who the number says it is, and what the system
    says beside it, and which system of which municipality. `mentions` is a list of dictionaries: `relation`; `row_key`, the column that
    stands for a person without a number; `says`, which of the optional columns the relation has.
-#}
{% macro person_mentions(mentions) %}
    {%- for mention in mentions %}
        select
            '{{ mention.relation.identifier.split("__")[0] | replace("stg_", "") }}'
            as source_name,
            delivered.municipality_code,
            delivered.person_key as number_key,
            coalesce(
                person_link.person_key,
                delivered.person_key
                {%- if mention.row_key %}
                    , md5(delivered.{{ mention.row_key }})
                {% endif %}
            ) as person_key,
            delivered.number_kind,
            delivered.number_sex,
            delivered.birth_year,
            delivered.birth_month
            {%- for column in ["system_sex", "birth_region"] %}
                ,
                {% if column in mention.says -%} delivered.{{ column }}
                {%- else -%} cast(null as varchar) as {{ column }}
                {%- endif %}
            {%- endfor %}
        from {{ mention.relation }} as delivered
        left join
            {{ ref("int_person_link") }} as person_link
            on delivered.person_key = person_link.number_key
        {%- if not mention.row_key %}
            where delivered.person_key is not null
        {%- endif %}
        {%- if not loop.last %}
            union all
        {% endif -%}
    {%- endfor %}
{% endmacro %}

{#- Whether a mention says another sex than the number that stands beside it. -#}
{% macro contradicts() -%}
    system_sex in ('women', 'men') and system_sex <> number_sex
{%- endmacro %}

{#-
    Legal sex of a row of dim_person, joined as `person`, at the end of the year of a date: whoever
    changes legal sex keeps the old one in the years before, and has one sex in a year.
-#}
{% macro sex_on(date, person="person") -%}
    coalesce(
        case
            when
                {{ person }}.sex_changed_on
                > {{ period_end(period_start(date, "year"), "year") }}
            then {{ person }}.sex_before
            else {{ person }}.sex
        end,
        'unknown'
    )
{%- endmacro %}

{#- Age of a row of dim_person, joined as `person`, on a date. -#}
{% macro age_of_person(date, person="person") -%}
    {{ age_on(date, person ~ ".birth_year", person ~ ".birth_month") }}
{%- endmacro %}
