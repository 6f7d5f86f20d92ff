{#-
    Sentences about a gap, from the columns of fct_gap with the names and labels of its row: size
    before certainty, the direction for both sexes, what it rests on, and what it does not say. Never
    why. The languages differ in words only.
-#}
{% macro gap_sentence(language) -%}
    {%- set words = {
        "sv": {
            "and": " och ",
            "points": "Skillnaden är {} procentenheter, högre bland ",
            "units": "Skillnaden är {}, högre bland ",
            "times": "Värdet är {} gånger så högt bland ",
            "than": " än bland ",
            "as": " som bland ",
            "equal": "Värdena är lika stora, avrundat",
            "uncertainty": ", osäkerhet (95 %) ",
            "to": " till ",
            "certain": " Skillnaden är säkerställd.",
            "several": " Ingen säkerställd skillnad när flera skillnader jämförs på en gång, vilket inte är detsamma som ingen skillnad.",
            "not_certain": " Ingen säkerställd skillnad, vilket inte är detsamma som ingen skillnad.",
            "behind": " Underlag: ",
            "unknown": "; därutöver {} vars kön är okänt",
            "too_few": "För få personer för att jämföra: ",
            "minimum": "; det behövs minst "
            ~ fewest_persons()
            ~ " av vardera.",
            "no_variance": "Värdena varierar inte mellan personer, så någon osäkerhet kan inte beräknas.",
            "no_events": "Inga fall bland vare sig {women} eller {men}.",
            "no_value": "Värde saknas för {women} eller {men}, så ingen jämförelse görs.",
            "count": "Antal jämförs inte utan hänsyn till hur många {women} och {men} som finns.",
            "quantile": "Medianer och andra kvantiler visas utan jämförelse.",
            "index": "Måttet gäller båda könen tillsammans, så ingen jämförelse görs.",
            "partial": " Månader saknas i periodens uppgifter.",
            "not_followed": " Alla har ännu inte följts till slut.",
            "preliminary": " Uppgifterna är preliminära.",
            "caveat": " Jämförelsen är inte justerad för andra olikheter mellan grupperna.",
            "besides": " I övrigt är jämförelsen inte justerad för olikheter mellan grupperna.",
        },
        "en": {
            "and": " and ",
            "points": "The difference is {} percentage points, higher among ",
            "units": "The difference is {}, higher among ",
            "times": "The value is {} times as high among ",
            "than": " than among ",
            "as": " as among ",
            "equal": "The values are equal when rounded",
            "uncertainty": ", uncertainty (95 %) ",
            "to": " to ",
            "certain": " The difference is certain.",
            "several": " No certain difference when several differences are compared at once, which is not the same as no difference.",
            "not_certain": " No certain difference, which is not the same as no difference.",
            "behind": " Behind the figures: ",
            "unknown": "; besides them {} of unknown sex",
            "too_few": "Too few persons to compare: ",
            "minimum": "; at least "
            ~ fewest_persons()
            ~ " of each are needed.",
            "no_variance": "The values do not vary between persons, so no uncertainty can be worked out.",
            "no_events": "No cases among {women} or {men}.",
            "no_value": "There is no value for {women} or {men}, so nothing is compared.",
            "count": "Counts are not compared without regard to how many {women} and {men} there are.",
            "quantile": "Medians and other quantiles are shown without a comparison.",
            "index": "The measure is of both sexes together, so nothing is compared.",
            "partial": " Months are missing from the data of the period.",
            "not_followed": " Not all have been followed to the end yet.",
            "preliminary": " The figures are preliminary.",
            "caveat": " The comparison is not adjusted for other differences between the groups.",
            "besides": " Besides, the comparison is not adjusted for differences between the groups.",
        },
    }[language] -%}
    {%- set women = "women_label_" ~ language -%}
    {%- set men = "men_label_" ~ language -%}
    {%- set counted = [] -%}
    {%- for sex in ["women", "men"] -%}
        {%- do counted.append(
            number_text(sex ~ "_person_count", language, 0)
            ~ " || ' ' || case when "
            ~ sex
            ~ "_person_count = 1 then "
            ~ sex
            ~ "_one_label_"
            ~ language
            ~ " else "
            ~ sex
            ~ "_label_"
            ~ language
            ~ " end"
        ) -%}
    {%- endfor -%}
    {%- set counts = counted | join(" || '" ~ words["and"] ~ "' || ") -%}
    indicator_name_{{ language }}
    || ' '
    || period_text
    || ': '
    || case
        when certainty = 'too_few' and method <> 'no_variance'
        then '{{ words.too_few }}' || {{ counts }} || '{{ words.minimum }}'
        {%- for method in [
                "no_variance",
                "no_events",
                "no_value",
                "count",
                "quantile",
                "index",
            ] %}
            when method = '{{ method }}'
            then
                {{
                    "'" ~ words[method] | replace(
                        "{women}", "' || " ~ women ~ " || '"
                    ) | replace("{men}", "' || " ~ men ~ " || '") ~ "'"
                }}
        {%- endfor %}
        else
            {%- for sex, label in [("women", women), ("men", men)] %}
                {{ label }}
                || ' '
                || {{ value_text(sex ~ "_value", language) }}
                || ' '
                || unit_label_{{ language }}
                || '{{ words["and"] if loop.first else ". " }}'
                ||
            {%- endfor %}
            case
                when
                    method = 'below_unit'
                    or unit = 'percent'
                    and cast(difference as decimal(18, 1)) = 0
                    or unit <> 'percent'
                    and cast(ratio as decimal(18, 2)) = 1
                then '{{ words.equal }}'
                {%- for condition, phrase, than, size, low, high in [
                        (
                            "unit = 'percent'",
                            words.points,
                            words.than,
                            number_text("abs(difference)", language),
                            number_text(
                                "case when difference > 0 then difference_low else - difference_high end",
                                language,
                            ),
                            number_text(
                                "case when difference > 0 then difference_high else - difference_low end",
                                language,
                            ),
                        ),
                        (
                            "ratio > 0",
                            words.times,
                            words["as"],
                            number_text(
                                "case when ratio > 1 then ratio else 1 / ratio end",
                                language,
                                2,
                            ),
                            number_text(
                                "case when ratio > 1 then ratio_low else 1 / ratio_high end",
                                language,
                                2,
                            ),
                            number_text(
                                "case when ratio > 1 then ratio_high else 1 / ratio_low end",
                                language,
                                2,
                            ),
                        ),
                        (
                            "true",
                            words.units,
                            words.than,
                            value_text("abs(difference)", language)
                            ~ " || ' ' || unit_label_"
                            ~ language,
                            value_text(
                                "case when difference > 0 then difference_low else - difference_high end",
                                language,
                            ),
                            value_text(
                                "case when difference > 0 then difference_high else - difference_low end",
                                language,
                            ),
                        ),
                    ] %}
                    when {{ condition }}
                    then
                        '{{ phrase.split("{}")[0] }}'
                        || {{ size }}
                        || '{{ phrase.split("{}")[1] }}'
                        || case when difference > 0 then {{ women }} else {{ men }} end
                        || '{{ than }}'
                        || case when difference > 0 then {{ men }} else {{ women }} end
                        || coalesce(
                            '{{ words.uncertainty }}'
                            || {{ low }}
                            || '{{ words.to }}'
                            || {{ high }},
                            ''
                        )
                {%- endfor %}
            end
            || '.'
            || case
                when certainty = 'certain'
                then '{{ words.certain }}'
                when p_value <= 0.05
                then '{{ words.several }}'
                when method = 'below_unit'
                then ''
                else '{{ words.not_certain }}'
            end
            || '{{ words.behind }}'
            || {{ counts }}
            || case
                when unknown_person_count > 0
                then
                    '{{ words.unknown.split("{}")[0] }}'
                    || {{ number_text("unknown_person_count", language, 0) }}
                    || '{{ words.unknown.split("{}")[1] }}'
                else ''
            end
            || '.'
            || case
                caution
                when 'partial'
                then '{{ words.partial }}'
                when 'not_followed'
                then '{{ words.not_followed }}'
                else ''
            end
            || case
                when release_status = 'preliminary'
                then '{{ words.preliminary }}'
                else ''
            end
            || coalesce(
                ' ' || explanation_{{ language }} || '{{ words.besides }}',
                '{{ words.caveat }}'
            )
    end
{%- endmacro %}
