{#- Age band of seeds/categories.csv for an age in completed years. -#}
{% macro age_band(age) -%}
    {{
        age_class(
            age,
            [
                ("00-05", 6),
                ("06-12", 13),
                ("13-17", 18),
                ("18-24", 25),
                ("25-34", 35),
                ("35-44", 45),
                ("45-54", 55),
                ("55-64", 65),
            ],
            "65+",
        )
    }}
{%- endmacro %}

{#- Age interval of the method "cost per user" (KPB), axis age_interval of seeds/categories.csv. -#}
{% macro age_interval(age) -%}
    {{
        age_class(
            age,
            [
                ("00-06", 7),
                ("07-12", 13),
                ("13-22", 23),
                ("23-64", 65),
                ("65-79", 80),
            ],
            "80+",
        )
    }}
{%- endmacro %}

{#- The first of the classes, each with the age it ends before, that an age belongs to. -#}
{% macro age_class(age, classes, oldest) -%}
    case
        when {{ age }} is null
        then 'unknown'
        {%- for class, before in classes %}
            when {{ age }} < {{ before }} then '{{ class }}'
        {%- endfor %}
        else '{{ oldest }}'
    end
{%- endmacro %}
