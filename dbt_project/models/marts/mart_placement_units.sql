{%- set sexes = ["women", "men", "unknown", "total"] -%}
{%- set measures = {
    "placement": "true",
    "ending": "has_ended",
    "unplanned": "placement_ending = 'unplanned'",
} -%}
with

    owed_year as ({{ owed_years("placement_year") }}),

    -- A family home is a family, and a row about it one about the few who live there;
    -- of whoever has a protected identity the fact names no unit.
    placement as (
        select
            municipality_code,
            placement_year,
            is_adult,
            case
                when placement_group = 'family_home' and unit <> 'withheld'
                then 'family_homes'
                else unit
            end as unit,
            sex,
            has_ended,
            placement_ending
        from {{ ref("fct_placement_year") }}
        where is_placement
    ),

    counted as (
        select
            municipality_code,
            placement_year,
            is_adult,
            case when grouping(unit) = 1 then 'total' else unit end as unit
            {%- for measure, predicate in measures.items() %}
                {%- for sex in sexes %}
                    ,
                    cast(
                        count(*) filter (
                            where
                                {{ predicate }}
                                {%- if sex != "total" %}
                                    and sex = '{{ sex }}'
                                {%- endif %}
                        ) as integer
                    ) as {{ sex }}_{{ measure }}_count
                {%- endfor %}
            {%- endfor %}
        from placement
        group by
            grouping sets (
                (municipality_code, placement_year, is_adult, unit),
                (municipality_code, placement_year, is_adult)
            )
    ),

    tested as (
        select
            *,
            {{
                fisher_p(
                    "women_unplanned_count",
                    "women_ending_count",
                    "men_unplanned_count",
                    "men_ending_count",
                )
            }} as fisher_p_value
        from counted
    ),

    judged as (
        select
            *,
            case
                when women_ending_count + men_ending_count = 0
                then 'no_endings'
                when
                    women_ending_count + men_ending_count < 10
                    or least(women_ending_count, men_ending_count) = 0
                then 'too_few'
                when fisher_p_value > 0.05
                then 'within_chance'
                when
                    women_unplanned_count * men_ending_count
                    > men_unplanned_count * women_ending_count
                then 'more_among_women'
                else 'more_among_men'
            end as verdict
        from tested
    )

select
    judged.municipality_code,
    municipality.municipality_name,
    owed_year.year,
    case when judged.is_adult then 'adults' else 'children' end as ages,
    judged.unit,
    case
        judged.unit
        when 'total'
        then 'Totalt'
        when 'family_homes'
        then 'Familjehem, visas inte var för sig'
        when 'withheld'
        then 'Skyddad identitet, ingen enhet visas'
        when 'unknown'
        then 'Enhet saknas'
        else judged.unit
    end as unit_label_sv,
    case
        judged.unit
        when 'total'
        then 'Total'
        when 'family_homes'
        then 'Family homes, not shown one by one'
        when 'withheld'
        then 'Protected identity, no unit shown'
        when 'unknown'
        then 'Unit missing'
        else judged.unit
    end as unit_label_en,
    owed_year.status,
    owed_year.release_status,
    {%- for measure in measures %}
        {%- for sex in sexes %} judged.{{ sex }}_{{ measure }}_count, {%- endfor %}
    {%- endfor %}
    {%- for sex in ["women", "men"] %}
        case
            when judged.verdict not in ('no_endings', 'too_few')
            then
                cast(judged.{{ sex }}_unplanned_count as double)
                * 100
                / judged.{{ sex }}_ending_count
        end as {{ sex }}_unplanned_percent,
    {%- endfor %}
    case
        when judged.verdict not in ('no_endings', 'too_few') then judged.fisher_p_value
    end as fisher_p_value,
    judged.verdict,
    case
        judged.verdict
        when 'no_endings'
        then 'Inga avslut.'
        when 'too_few'
        then 'För få avslut för att jämföra: visa antalen.'
        when 'within_chance'
        then 'Skillnaden kan bero på slumpen.'
        else
            'Skillnaden är större än slumpen oftast ger; av tjugo enheter utan skillnad ser ungefär en ut så.'
    end as caution_sv,
    case
        judged.verdict
        when 'no_endings'
        then 'No endings.'
        when 'too_few'
        then 'Too few endings to compare: show the counts.'
        when 'within_chance'
        then 'The difference may be chance.'
        else
            'The difference is greater than chance mostly gives; of twenty units without one about one looks so.'
    end as caution_en
from judged
inner join
    owed_year
    on owed_year.area_level = 'municipality'
    and judged.municipality_code = owed_year.area_code
    and judged.placement_year = owed_year.year_start
inner join
    {{ ref("dim_municipality") }} as municipality
    on judged.municipality_code = municipality.municipality_code
