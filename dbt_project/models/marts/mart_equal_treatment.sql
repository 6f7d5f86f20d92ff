with

    area as ({{ area_names() }}),

    owed_year as ({{ owed_years("assistance_application") }}),

    decision as (
        select
            municipality_code,
            {{ period_start("application_date", "year") }} as period_start,
            person_key,
            sex,
            age_band,
            household_kind,
            case when outcome = 'granted' then 1 else 0 end as granted
        from {{ ref("fct_assistance_application") }}
        where is_decided and is_adult and sex in ('women', 'men')
    ),

    person_stratum as (
        {%- for area_level, area_code in area_levels().items() %}
            select
                '{{ area_level }}' as area_level,
                {{ area_code }} as area_code,
                period_start,
                sex,
                household_kind,
                age_band,
                person_key,
                count(*) as decided_count,
                sum(granted) as granted_count
            from decision
            group by 1, 2, 3, 4, 5, 6, 7
            {%- if not loop.last %}
                union all
            {% endif -%}
        {%- endfor %}
    ),

    stratum_side as (
        select
            area_level,
            area_code,
            period_start,
            household_kind,
            age_band
            {%- for sex in ["women", "men"] %}
                {%- for part in ["decided", "granted"] %}
                    ,
                    coalesce(
                        sum({{ part }}_count) filter (where sex = '{{ sex }}'), 0
                    ) as {{ sex }}_{{ part }}
                {%- endfor %},
                count(*) filter (where sex = '{{ sex }}') as {{ sex }}_persons
            {%- endfor %}
        from person_stratum
        group by 1, 2, 3, 4, 5
    ),

    -- Each stratum weighs what both sexes together have in it; one of a single sex
    -- compares nothing, and how much persons differ cannot be seen in one person.
    stratum as (
        select
            *,
            cast(
                women_decided + men_decided as double
            ) / sum(women_decided + men_decided) over (
                partition by area_level, area_code, period_start
            ) as weight
        from stratum_side
        where women_persons > 1 and men_persons > 1
    ),

    everybody as (
        select
            area_level,
            area_code,
            period_start,
            sum(women_decided) as women_decided,
            sum(men_decided) as men_decided
        from stratum_side
        group by 1, 2, 3
    ),

    -- As it is and adjusted are shares of the same decisions, those compared.
    adjusted_share as (
        select
            area_level,
            area_code,
            period_start,
            count(*) as stratum_count,
            sum(women_decided + men_decided) as compared_count,
            {%- for sex in ["women", "men"] %}
                100
                * cast(sum({{ sex }}_granted) as double)
                / sum({{ sex }}_decided) as {{ sex }}_percent,
            {%- endfor %}
            cast(
                sum(
                    cast(weight * women_granted / women_decided as decimal(20, 15))
                ) as double
            ) as women_share,
            cast(
                sum(
                    cast(weight * men_granted / men_decided as decimal(20, 15))
                ) as double
            ) as men_share
        from stratum
        group by 1, 2, 3
    ),

    -- What a person adds to the standardised share beyond what is expected of the
    -- stratum: applications of one person are not independent, persons are. Few persons
    -- lie closer to their own share than to what it estimates, by (n - 1) / n.
    person_deviation as (
        select
            person_stratum.area_level,
            person_stratum.area_code,
            person_stratum.period_start,
            person_stratum.sex,
            person_stratum.person_key,
            -- Decimals, for a sum of doubles differs from run to run.
            cast(
                sum(
                    cast(
                        case
                            {%- for sex in ["women", "men"] %}
                                when person_stratum.sex = '{{ sex }}'
                                then
                                    stratum.weight * (
                                        person_stratum.granted_count
                                        - person_stratum.decided_count
                                        * cast(stratum.{{ sex }}_granted as double)
                                        / stratum.{{ sex }}_decided
                                    )
                                    / stratum.{{ sex }}_decided
                                    * sqrt(
                                        cast(stratum.{{ sex }}_persons as double)
                                        / (stratum.{{ sex }}_persons - 1)
                                    )
                            {%- endfor %}
                        end as decimal(20, 15)
                    )
                ) as double
            ) as deviation
        from person_stratum
        inner join
            stratum
            on person_stratum.area_level = stratum.area_level
            and person_stratum.area_code = stratum.area_code
            and person_stratum.period_start = stratum.period_start
            and person_stratum.household_kind = stratum.household_kind
            and person_stratum.age_band = stratum.age_band
        group by 1, 2, 3, 4, 5
    ),

    adjusted_error as (
        select
            area_level,
            area_code,
            period_start,
            sqrt(
                cast(sum(cast(deviation * deviation as decimal(38, 18))) as double)
            ) as error,
            count(*) filter (where sex = 'women') as women_person_count,
            count(*) filter (where sex = 'men') as men_person_count
        from person_deviation
        group by 1, 2, 3
    ),

    compared as (
        select
            everybody.*,
            adjusted_share.stratum_count,
            adjusted_share.compared_count,
            adjusted_share.women_percent,
            adjusted_share.men_percent,
            adjusted_share.women_share,
            adjusted_share.men_share,
            adjusted_error.error,
            adjusted_error.women_person_count,
            adjusted_error.men_person_count,
            adjusted_share.women_percent - adjusted_share.men_percent as raw_difference,
            100 * (
                adjusted_share.women_share - adjusted_share.men_share
            ) as adjusted_difference
        from everybody
        left join
            adjusted_share
            on everybody.area_level = adjusted_share.area_level
            and everybody.area_code = adjusted_share.area_code
            and everybody.period_start = adjusted_share.period_start
        left join
            adjusted_error
            on everybody.area_level = adjusted_error.area_level
            and everybody.area_code = adjusted_error.area_code
            and everybody.period_start = adjusted_error.period_start
    ),

    -- Compared are both sexes, enough of each, in strata that hold most decisions.
    tested as (
        select
            *,
            coalesce(
                least(women_person_count, men_person_count) >= {{ fewest_persons() }}
                and 2 * compared_count >= women_decided + men_decided
                and error > 0,
                false
            ) as is_tested,
            1.0
            / nullif(least(women_person_count, men_person_count) - 1, 0) as per_freedom
        from compared
    ),

    with_p as (
        select
            *,
            case
                when is_tested then 100 * error * {{ student_95("per_freedom") }}
            end as reach,
            case
                when is_tested
                then
                    {{
                        two_sided_p(
                            normal_deviate(
                                "(adjusted_difference / (100 * error))", "per_freedom"
                            )
                        )
                    }}
            end as p_value
        from tested
    ),

    -- The municipalities of a level are seen together.
    with_q as (
        {{
            with_false_discovery(
                "with_p", ["area_level", "period_start"], ["area_code"]
            )
        }}
    ),

    judged as (
        select
            *,
            case
                when not is_tested
                then 'too_few'
                when q_value <= 0.05
                then 'certain'
                else 'not_certain'
            end as certainty
        from with_q
    )

select
    compared.area_level,
    compared.area_code,
    area.area_name,
    cast(extract(year from compared.period_start) as integer) as year,
    cast(compared.women_decided as bigint) as women_decided_count,
    cast(compared.men_decided as bigint) as men_decided_count,
    coalesce(compared.women_person_count, 0) as women_person_count,
    coalesce(compared.men_person_count, 0) as men_person_count,
    compared.women_percent,
    compared.men_percent,
    compared.raw_difference,
    100 * compared.women_share as adjusted_women_percent,
    100 * compared.men_share as adjusted_men_percent,
    compared.adjusted_difference,
    compared.adjusted_difference - compared.reach as adjusted_difference_low,
    compared.adjusted_difference + compared.reach as adjusted_difference_high,
    compared.p_value,
    compared.q_value,
    compared.certainty,
    certainty_label.label_sv as certainty_label_sv,
    certainty_label.label_en as certainty_label_en,
    coalesce(compared.stratum_count, 0) as stratum_count,
    cast(coalesce(compared.compared_count, 0) as double)
    / (compared.women_decided + compared.men_decided) as compared_share,
    -- A sign that chance may have turned is none.
    compared.certainty = 'certain'
    and compared.raw_difference * compared.adjusted_difference < 0 as is_reversed,
    owed_year.status,
    owed_year.release_status
from judged as compared
inner join area on compared.area_code = area.area_code
inner join
    owed_year
    on compared.area_level = owed_year.area_level
    and compared.area_code = owed_year.area_code
    and compared.period_start = owed_year.year_start
inner join
    {{ ref("dim_category") }} as certainty_label
    on certainty_label.axis = 'certainty'
    and compared.certainty = certainty_label.code
