{%- set sexes = ["women", "men", "unknown", "total"] -%}
{#- What is counted, with the word for women's share of it. -#}
{%- set measures = {
    "unplanned": "unplanned",
    "placement": "placements",
    "day": "days",
} -%}
{#- The two bases that unplanned endings are measured against. -#}
{%- set bases = {"placement": "placements", "day": "days"} -%}
with

    owed_year as ({{ owed_years("placement_year") }}),

    area as (select * from {{ ref("dim_area") }}),

    label as (
        select *
        from {{ ref("dim_label") }}
        where coalesce(parent_code, '') <> 'own_home'
    ),

    ages(code) as (values ('adults'), ('children')),

    counted as (
        {{
            unplanned_endings(
                "unplanned_of_placements_share",
                "placement",
                "unplanned_per_1000_days",
                "day",
                ["placement_form", "placement_ground"],
            )
        }}
    ),

    {# Nothing counted where the months have come is zero; elsewhere it is nothing known. #}
    owed as (
        select
            owed_year.area_level,
            owed_year.area_code,
            area.area_name,
            owed_year.year,
            ages.code as ages,
            form.code as placement_form,
            form.label_sv as placement_form_label_sv,
            form.label_en as placement_form_label_en,
            ground.code as placement_ground,
            ground.label_sv as placement_ground_label_sv,
            ground.label_en as placement_ground_label_en,
            owed_year.status,
            owed_year.release_status
            {%- for sex in sexes %}
                ,
                counted.{{ sex }}_relative_variance,
                counted.{{ sex }}_unplanned_person_count,
                counted.{{ sex }}_placement_person_count
                {%- for measure in measures %}
                    ,
                    case
                        when owed_year.status <> 'not_collected'
                        then
                            cast(
                                coalesce(
                                    counted.{{ sex }}_{{ measure }}_count, 0
                                ) as integer
                            )
                    end as {{ sex }}_{{ measure }}_count
                {%- endfor %}
            {%- endfor %}
        from owed_year
        inner join area on owed_year.area_code = area.area_code
        inner join label as form on form.axis = 'placement_form'
        inner join label as ground on ground.axis = 'placement_ground'
        cross join ages
        left join
            counted
            on owed_year.area_level = counted.area_level
            and owed_year.area_code = counted.area_code
            and owed_year.year_start = counted.period_start
            and ages.code = counted.ages
            and form.code = counted.placement_form
            and ground.code = counted.placement_ground
    ),

    -- Shares are of women and men; who is of unknown sex stands beside.
    shared as (
        select
            *
            {%- for measure, plural in measures.items() %}
                ,
                women_{{ measure }}_count
                + men_{{ measure }}_count as both_{{ measure }}_count,
                case
                    when women_{{ measure }}_count + men_{{ measure }}_count > 0
                    then
                        cast(women_{{ measure }}_count as double)
                        / (women_{{ measure }}_count + men_{{ measure }}_count)
                end as women_share_of_{{ plural }}
            {%- endfor %}
        from owed
    ),

    compared as (
        select
            *,
            {{ wilson_lo("women_unplanned_count", "both_unplanned_count") }}
            as women_share_of_unplanned_lo,
            {{ wilson_hi("women_unplanned_count", "both_unplanned_count") }}
            as women_share_of_unplanned_hi
            {%- for base, plural in bases.items() %}
                ,
                case
                    when women_share_of_{{ plural }} > 0
                    then women_share_of_unplanned / women_share_of_{{ plural }}
                end as index_by_{{ plural }},
                {{ relative_risk(base) }} as relative_risk_by_{{ plural }}
            {%- endfor %}
            {%- for sex in ["women", "men"] %}
                ,
                case
                    when {{ sex }}_day_count > 0
                    then
                        cast({{ sex }}_unplanned_count as double)
                        * 1000
                        / {{ sex }}_day_count
                end as {{ sex }}_unplanned_per_1000_days
            {%- endfor %}
        from shared
    ),

    with_deviate as (
        select
            *,
            {{ relative_risk_deviate("relative_risk_by_placements", "placement") }}
            as deviate
        from compared
    ),

    tested as (
        select *, {{ relative_risk_p("deviate", "placement") }} as p_value
        from with_deviate
    ),

    judged as (
        select
            *,
            case
                when both_unplanned_count is null
                then 'not_collected'
                when both_unplanned_count = 0
                then 'no_unplanned_endings'
                when both_unplanned_count < {{ fewest_events() }}
                then 'too_few'
                when coalesce(p_value, 1) > 0.05
                then 'within_chance'
                when women_share_of_unplanned > women_share_of_placements
                then 'women_over_represented'
                else 'men_over_represented'
            end as verdict
        from tested
    )

select
    area_level,
    area_code,
    area_name,
    year,
    ages,
    placement_form,
    placement_form_label_sv,
    placement_form_label_en,
    placement_ground,
    placement_ground_label_sv,
    placement_ground_label_en,
    status,
    release_status,
    {%- for measure in measures %}
        {%- for sex in sexes %} {{ sex }}_{{ measure }}_count, {%- endfor %}
    {%- endfor %}
    women_share_of_unplanned,
    women_share_of_unplanned_lo,
    women_share_of_unplanned_hi,
    women_share_of_placements,
    women_share_of_days,
    index_by_placements,
    index_by_days,
    relative_risk_by_placements,
    relative_risk_by_placements
    / {{ relative_risk_reach("placement") }} as relative_risk_by_placements_lo,
    relative_risk_by_placements
    * {{ relative_risk_reach("placement") }} as relative_risk_by_placements_hi,
    p_value,
    relative_risk_by_days,
    women_unplanned_per_1000_days,
    men_unplanned_per_1000_days,
    verdict,
    case
        verdict
        when 'not_collected'
        then 'Uppgifter saknas.'
        when 'no_unplanned_endings'
        then 'Inga oplanerade avslut.'
        when 'too_few'
        then 'För få oplanerade avslut för att säga något om andelar: visa antalen.'
        when 'within_chance'
        then 'Skillnaden kan bero på slumpen.'
        else 'Skillnaden är större än slumpen ger.'
    end as caution_sv,
    case
        verdict
        when 'not_collected'
        then 'Nothing is known.'
        when 'no_unplanned_endings'
        then 'No unplanned endings.'
        when 'too_few'
        then 'Too few unplanned endings to speak of shares: show the counts.'
        when 'within_chance'
        then 'The difference may be chance.'
        else 'The difference is greater than chance gives.'
    end as caution_en
from judged
