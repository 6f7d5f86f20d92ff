{#-
    A sentence about what a gap is made of, from the columns of mart_gap_explained: an account that
    adds up, no word of why.
-#}
{% macro explained_sentence(language) -%}
    {%- set words = {
        "sv": {
            "difference": "Av skillnaden på ",
            "mix": " står fördelningen på ",
            "mix_part": " för ",
            "rest_part": " för ",
            "rest": " och skillnader inom samma ",
            "certainty": {
                "certain": "; den är säkerställd.",
                "not_certain": "; den är inte säkerställd.",
                "too_few": "; för få personer för att säga hur säker den är.",
            },
        },
        "en": {
            "difference": "Of the difference of ",
            "mix": " the mix of ",
            "mix_part": " accounts for ",
            "rest_part": " account for ",
            "rest": " and differences within the same ",
            "certainty": {
                "certain": "; it is certain.",
                "not_certain": "; it is not certain.",
                "too_few": "; too few persons to say how certain it is.",
            },
        },
    }[language] -%}
    {%- set unit = " || ' ' || unit_of_difference_" ~ language ~ " || " -%}
    {%- set axis = "explained_by_label_" ~ language -%}
    '{{ words.difference }}' || {{ value_text("difference", language) }}
    {{ unit }}'{{ words.mix }}'
    || {{ axis }}
    || '{{ words.mix_part }}'
    || {{ value_text("mix", language) }}
    {{ unit }}'{{ words.rest }}'
    || {{ axis }}
    || '{{ words.rest_part }}'
    || {{ value_text("rest", language) }}
    {{ unit }}
    case
        rest_certainty
        {%- for certainty, phrase in words.certainty.items() %}
            when '{{ certainty }}' then '{{ phrase }}'
        {%- endfor %}
    end
{%- endmacro %}
