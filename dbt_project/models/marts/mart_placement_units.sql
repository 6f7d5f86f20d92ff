{%- set sexes = ["women", "men", "unknown", "total"] -%}
{%- set measures = ["placement", "ending", "unplanned"] -%}
with

    owed_year as ({{ owed_years("placement_year") }}),

    counted as (
        {{
            unplanned_endings(
                "unplanned_ending_share",
                "ending",
                "unplanned_of_placements_share",
                "placement",
                ["unit"],
            )
        }}
    ),

    -- Of a sex that stands in no row of the unit nothing was counted.
    complete as (
        select
            area_code as municipality_code,
            period_start,
            ages,
            unit
            {%- for sex in sexes %}
                ,
                {{ sex }}_relative_variance,
                {{ sex }}_unplanned_person_count,
                {{ sex }}_ending_person_count
                {%- for measure in measures %}
                    ,
                    cast(
                        coalesce({{ sex }}_{{ measure }}_count, 0) as integer
                    ) as {{ sex }}_{{ measure }}_count
                {%- endfor %}
            {%- endfor %}
        from counted
        where area_level = 'municipality' and total_placement_count > 0
    ),

    with_risk as (
        select *, {{ relative_risk("ending") }} as relative_risk from complete
    ),

    with_deviate as (
        select *, {{ relative_risk_deviate("relative_risk", "ending") }} as deviate
        from with_risk
    ),

    tested as (
        select *, {{ relative_risk_p("deviate", "ending") }} as p_value
        from with_deviate
    ),

    judged as (
        select
            *,
            case
                when women_ending_count + men_ending_count = 0
                then 'no_endings'
                when
                    women_ending_count + men_ending_count < {{ fewest_events() }}
                    or least(women_ending_count, men_ending_count) = 0
                then 'too_few'
                when p_value > 0.05
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
    judged.ages,
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
        when judged.verdict not in ('no_endings', 'too_few') then judged.p_value
    end as p_value,
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
    and judged.period_start = owed_year.year_start
inner join
    {{ ref("dim_municipality") }} as municipality
    on judged.municipality_code = municipality.municipality_code
