{#-
    One sentence after another about a gap, from the columns of mart_department_gaps: size before
    certainty, the direction for both sexes, what it rests on, and what it does not say. Never why.
    The languages differ in words only.
-#}
{% macro gap_sentence(language, minimum_persons) -%}
    {%- set words = {
        "sv": {
            "and": " och ",
            "points": "Skillnaden är {} procentenheter, högre bland ",
            "times": "Värdet är {} gånger så högt bland ",
            "than": {"share": " än bland ", "ratio": " som bland "},
            "equal": "Värdena är lika stora, avrundat",
            "chance": " (slumpvariation ",
            "to": " till ",
            "certain": " Skillnaden är säkerställd.",
            "uncertain": " Ingen säkerställd skillnad, vilket inte är detsamma som ingen skillnad.",
            "behind": " Underlag: ",
            "too_few": "För få personer för att jämföra: ",
            "minimum": "; det behövs minst "
            ~ minimum_persons
            ~ " av vardera.",
            "partial": " Månader saknas i årets uppgifter.",
            "not_followed": " Alla har ännu inte följts till slut.",
            "preliminary": " Uppgifterna är preliminära.",
            "caveat": " Jämförelsen är inte justerad för andra olikheter mellan grupperna.",
        },
        "en": {
            "and": " and ",
            "points": "The difference is {} percentage points, higher among ",
            "times": "The value is {} times as high among ",
            "than": {"share": " than among ", "ratio": " as among "},
            "equal": "The values are equal when rounded",
            "chance": " (chance variation ",
            "to": " to ",
            "certain": " The difference is certain.",
            "uncertain": " No certain difference, which is not the same as no difference.",
            "behind": " Behind the figures: ",
            "too_few": "Too few persons to compare: ",
            "minimum": "; at least "
            ~ minimum_persons
            ~ " of each are needed.",
            "partial": " Months are missing from the year's data.",
            "not_followed": " Not all have been followed to the end yet.",
            "preliminary": " The figures are preliminary.",
            "caveat": " The comparison is not adjusted for other differences between the groups.",
        },
    }[language] -%}
    {%- set women = "women_label_" ~ language -%}
    {%- set men = "men_label_" ~ language -%}
    {%- set counted = [] -%}
    {%- for sex in ["women", "men"] -%}
        {%- do counted.append(
            sex
            ~ "_person_count || case when "
            ~ sex
            ~ "_person_count = 1"
            ~ " then ' ' || "
            ~ sex
            ~ "_one_label_"
            ~ language
            ~ " else ' ' || "
            ~ sex
            ~ "_label_"
            ~ language
            ~ " end"
        ) -%}
    {%- endfor -%}
    {%- set counts = counted | join(" || '" ~ words["and"] ~ "' || ") -%}
    indicator_name_{{ language }}
    || ' '
    || year
    || ': '
    || case
        when certainty = 'too_few'
        then '{{ words.too_few }}' || {{ counts }} || '{{ words.minimum }}'
        else
            {{ women }}
            || ' '
            || {{ number_text("women_value", language) }}
            || ' '
            || unit_label_{{ language }}
            || '{{ words["and"] }}'
            || {{ men }}
            || ' '
            || {{ number_text("men_value", language) }}
            || ' '
            || unit_label_{{ language }}
            || '. '
            || case
                {%- for method, phrase, size, low, high, decimals in [
                    (
                        "share",
                        words.points,
                        "shown_size",
                        "shown_low",
                        "shown_high",
                        1,
                    ),
                    (
                        "ratio",
                        words.times,
                        "shown_size",
                        "shown_low",
                        "shown_high",
                        2,
                    ),
                ] %}
                    when
                        method = '{{ method }}'
                        and cast({{ size }} as decimal(18, {{ decimals }}))
                        = {{ 0 if method == "share" else 1 }}
                    then '{{ words.equal }}'
                    when method = '{{ method }}'
                    then
                        '{{ phrase.split("{}")[0] }}'
                        || {{ number_text(size, language, decimals) }}
                        || '{{ phrase.split("{}")[1] }}'
                        || case when is_women_higher then {{ women }} else {{ men }} end
                        || '{{ words.than[method] }}'
                        || case when is_women_higher then {{ men }} else {{ women }} end
                        || '{{ words.chance }}'
                        || {{ number_text(low, language, decimals) }}
                        || '{{ words.to }}'
                        || {{ number_text(high, language, decimals) }}
                        || ')'
                {%- endfor %}
            end
            || '.'
            || case
                when certainty = 'certain'
                then '{{ words.certain }}'
                else '{{ words.uncertain }}'
            end
            || '{{ words.behind }}'
            || {{ counts }}
            || '.'
            || case
                when has_missing_months
                then {{ dbt.string_literal(dbt.escape_single_quotes(words.partial)) }}
                else ''
            end
            || case when is_not_followed then '{{ words.not_followed }}' else '' end
            || case
                when release_status = 'preliminary'
                then '{{ words.preliminary }}'
                else ''
            end
            || '{{ words.caveat }}'
    end
{%- endmacro %}
