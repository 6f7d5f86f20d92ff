{#-
    Risks of unplanned endings, women's beside men's. Persons are independent of each other, the
    placements of one person are not: so the cube's errors of persons, and tests of persons.
-#}
{#- Below so many events of both sexes nothing is said of a difference. -#}
{% macro fewest_events() -%} {{ return(10) }} {%- endmacro %}

{#-
    Unplanned endings and their base in the cells of `placements` that are cut by none, some or all
    of `axes`, sexes side by side. `risk` and `base`: the block of them, without its ages, and
    what it divides by; `other`: another block's, of which only the base is read.
-#}
{% macro unplanned_endings(risk, base, other, other_base, axes) %}
    {%- set cuts = ["total"] + axes + [crossed_axis(axes)] -%}
    with
        cell as (
            select
                cell.area_level,
                cell.area_code,
                cell.period_start,
                cell.sex,
                case
                    when cell.indicator_id like 'adult%' then 'adults' else 'children'
                end as ages,
                cell.indicator_id like '%{{ risk }}' as is_risk,
                {%- for axis in axes %}
                    {{ cut_code(axis, axes) }} as {{ axis }},
                {%- endfor %}
                cell.numerator as unplanned_count,
                cell.denominator as {{ base }}_count,
                cell.numerator_person_count as unplanned_person_count,
                cell.denominator_person_count as {{ base }}_person_count,
                {{
                    relative_variance(
                        "cell.numerator",
                        "cell.denominator",
                        "cell.numerator_squares",
                        "cell.cross_products",
                        "cell.denominator_squares",
                    )
                }} as relative_variance
            from {{ ref("placements") }} as cell
            where
                cell.indicator_id in (
                    'adult_{{ risk }}',
                    'child_{{ risk }}',
                    'adult_{{ other }}',
                    'child_{{ other }}'
                )
                and cell.age_band = 'total'
                and cell.birth_region = 'total'
                and cell.category_axis in ('{{ cuts | join("', '") }}')
        )

    select
        area_level,
        area_code,
        period_start,
        ages
        {%- for axis in axes %}, {{ axis }} {%- endfor %}
        {%- for sex in ["women", "men", "unknown", "total"] %}
            {%- for measure in [
                "unplanned_count",
                base ~ "_count",
                "unplanned_person_count",
                base ~ "_person_count",
                "relative_variance",
            ] %}
                ,
                max({{ measure }}) filter (
                    where is_risk and sex = '{{ sex }}'
                ) as {{ sex }}_{{ measure }}
            {%- endfor %},
            max({{ base }}_count) filter (
                where not is_risk and sex = '{{ sex }}'
            ) as {{ sex }}_{{ other_base }}_count
        {%- endfor %}
    from cell
    group by
        area_level,
        area_code,
        period_start,
        ages
        {%- for axis in axes %}, {{ axis }} {%- endfor %}
{% endmacro %}

{#- Women's risk by men's: (s / (1 - s)) / (b / (1 - b)), in counts. -#}
{% macro relative_risk(base) -%}
    case
        when men_unplanned_count > 0 and women_{{ base }}_count > 0
        then
            cast(women_unplanned_count as double)
            * men_{{ base }}_count
            / (cast(men_unplanned_count as double) * women_{{ base }}_count)
    end
{%- endmacro %}

{#- Whether the error of the logarithm is to be trusted: enough persons of both sexes, who differ. -#}
{% macro has_risk_error(base) -%}
    least(women_{{ base }}_person_count, men_{{ base }}_person_count)
    >= {{ fewest_persons() }}
    and women_relative_variance + men_relative_variance > 0
{%- endmacro %}

{#- What the relative risk is multiplied and divided by for its interval of 95 per cent; null of few
    persons, and where a sex has no unplanned ending. -#}
{% macro relative_risk_reach(base) -%}
    case
        when {{ has_risk_error(base) }}
        then
            exp(
                {{ real(normal_95()) }}
                * sqrt(women_relative_variance + men_relative_variance)
            )
    end
{%- endmacro %}

{#- How many errors of its own the logarithm of the relative risk, a column, is from none. -#}
{% macro relative_risk_deviate(ratio, base) -%}
    case
        when {{ has_risk_error(base) }}
        then ln({{ ratio }}) / sqrt(women_relative_variance + men_relative_variance)
    end
{%- endmacro %}

{#-
    Two-sided p value that both risks are the same: of that deviate, a column; of few persons, and
    where a sex has no unplanned ending, Fisher's exact test over persons.
-#}
{% macro relative_risk_p(deviate, base) -%}
    case
        when {{ deviate }} is not null
        then {{ two_sided_p(deviate) }}
        else
            {{
                fisher_p(
                    "women_unplanned_person_count",
                    "women_" ~ base ~ "_person_count",
                    "men_unplanned_person_count",
                    "men_" ~ base ~ "_person_count",
                )
            }}
    end
{%- endmacro %}
