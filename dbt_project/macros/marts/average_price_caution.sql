{#- What is to be said beside every figure of the method "cost per user" (KPB). -#}
{% macro average_price_caution(language) -%}
    {{
        {
            "sv": "'Priset är ett genomsnitt för kommunen och året: skillnader mellan könen visar bara volym och sammansättning.'",
            "en": "'The price is an average of the municipality and year: differences between the sexes show volume and mix only.'",
        }[language]
    }}
{%- endmacro %}
