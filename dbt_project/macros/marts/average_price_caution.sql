{#- What is to be said beside every figure of the method "cost per user" (KPB). -#}
{% macro average_price_caution(language, area_level) -%}
    {%- set words = {
        "sv": {
            "average": "Priset är ett genomsnitt för kommunen och året: skillnader mellan könen visar bara volym och sammansättning",
            "several": ", och i vilken kommun man bor",
        },
        "en": {
            "average": "The price is an average of the municipality and year: differences between the sexes show volume and mix only",
            "several": ", and in which municipality one lives",
        },
    }[language] -%}
    '{{ words.average }}' || case
        when {{ area_level }} <> 'municipality' then '{{ words.several }}' else ''
    end
    || '.'
{%- endmacro %}
