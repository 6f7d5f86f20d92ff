{#-
    A sentence about an improvement and the figure beside it, from the columns of mart_effect_chain.
    It says that something has changed, never why, and claims no effect on society: an outcome is the
    furthest step. The title is a person's own words, so it stays outside.
-#}
{% macro effect_sentence(language) -%}
    {%- set words = {
        "sv": {
            "improvement": "Förbättringsarbete ",
            "from": ", från ",
            "to": " till ",
            "total": " totalt",
            "among": " bland ",
            "change": ", en förändring på ",
            "points": "procentenheter",
            "target": " Målvärdet för {} är ",
            "distance": "; avståndet är ",
            "break": " Serien har ett brott däremellan, så åren är inte jämförbara.",
            "preliminary": " Uppgifterna är preliminära.",
            "caveat": " Om förändringen hör samman med arbetet är inte prövat.",
            "none": {
                "no_indicator": "ingen indikator är angiven, så inget kan visas.",
                "unknown_indicator": "den angivna indikatorn finns inte, så inget kan visas.",
                "not_split": "indikatorn är inte uppdelad på kön, så inget visas.",
                "no_figures": "värde saknas för året före starten eller därefter.",
                "too_few": "för få personer för att jämföra åren.",
            },
        },
        "en": {
            "improvement": "Improvement ",
            "from": ", from ",
            "to": " to ",
            "total": " in total",
            "among": " among ",
            "change": ", a change of ",
            "points": "percentage points",
            "target": " The target for {} is ",
            "distance": "; the distance is ",
            "break": " The series breaks in between, so the years are not comparable.",
            "preliminary": " The figures are preliminary.",
            "caveat": " Whether the change has to do with the work has not been tried.",
            "none": {
                "no_indicator": "no indicator is named, so nothing can be shown.",
                "unknown_indicator": "the indicator named does not exist, so nothing can be shown.",
                "not_split": "the indicator is not split by sex, so nothing is shown.",
                "no_figures": "there is no value for the year before the start, or none since.",
                "too_few": "too few persons to compare the years.",
            },
        },
    }[language] -%}
    {%- set unit_of_difference = (
        "case when unit = 'percent' then '"
        ~ words.points
        ~ "' else unit_label_"
        ~ language
        ~ " end"
    ) -%}
    '{{ words.improvement }}'
    || improvement_id
    || ' ('
    || lower(effect_step_label_{{ language }})
    || '{{ words["from"] }}'
    || cast(start_date as varchar)
    || coalesce('{{ words.to }}' || cast(end_date as varchar), '')
    || '): '
    || case
        evidence_status
        {%- for status, sentence in words.none.items() %}
            when '{{ status }}' then '{{ sentence }}'
        {%- endfor %}
        else
            indicator_name_{{ language }} || case
                when figure_sex = 'total'
                then '{{ words.total }}'
                else '{{ words.among }}' || lower(sex_label_{{ language }})
            end
            || ': '
            || {{ number_text("baseline_value", language) }}
            || ' '
            || unit_label_{{ language }}
            || ' '
            || baseline_year
            || ', '
            || {{ number_text("latest_value", language) }}
            || ' '
            || unit_label_{{ language }}
            || ' '
            || latest_year
            || '{{ words.change }}'
            || {{ number_text("change", language) }}
            || ' '
            || {{ unit_of_difference }}
            || '.'
            || coalesce(
                '{{ words.target.split("{}")[0] }}'
                || target_year
                || '{{ words.target.split("{}")[1] }}'
                || {{ number_text("target_value", language) }}
                || '{{ words.distance }}'
                || {{ number_text("distance_to_target", language) }}
                || ' '
                || {{ unit_of_difference }}
                || '.',
                ''
            )
            || case when has_break then '{{ words["break"] }}' else '' end
            || case
                when latest_release_status = 'preliminary'
                then '{{ words.preliminary }}'
                else ''
            end
            || '{{ words.caveat }}'
    end
{%- endmacro %}
