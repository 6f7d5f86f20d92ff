{%- set of_a_municipality_and_year -%}
    area_level = 'municipality'
    and period_grain = 'year'
    and age_band = 'total'
    and birth_region = 'total'
    and category_axis = 'total'
{%- endset -%}
with

    kpi as (select * from {{ ref("kolada_kpis") }} where indicator_id <> ''),

    -- Our own figures, the gap as one of them: a peer's gap is compared like its level.
    own as (
        select
            indicator_id,
            area_code,
            period_start,
            sex as compared,
            value as own_value,
            value_low as own_low,
            value_high as own_high,
            person_count as own_person_count,
            status = 'partial' as is_partial,
            release_status
        from {{ ref("mart_indicator") }}
        where sex in ('women', 'men', 'total') and {{ of_a_municipality_and_year }}
        union all
        select
            indicator_id,
            area_code,
            period_start,
            'difference',
            difference,
            difference_low,
            difference_high,
            least(women_person_count, men_person_count),
            'partial' in (women_status, men_status),
            release_status
        from {{ ref("mart_gender_gap") }}
        where {{ of_a_municipality_and_year }}
    ),

    published as (
        select measure, area_code, period_start, sex, value
        from {{ ref("fct_comparison") }}
        where
            source_name = 'kolada'
            and area_level = 'municipality'
            and period_grain = 'year'
    ),

    published_side_by_side as (
        select
            measure,
            area_code,
            period_start,
            max(value) filter (where sex = 'women') as women,
            max(value) filter (where sex = 'men') as men,
            max(value) filter (where sex = 'total') as total
        from published
        group by 1, 2, 3
    ),

    peer as (
        {%- for compared, value in {
            "women": "women",
            "men": "men",
            "total": "total",
            "difference": "women - men",
        }.items() %}
            select
                measure,
                area_code,
                period_start,
                '{{ compared }}' as compared,
                {{ value }} as value
            from published_side_by_side
            {%- if not loop.last %}
                union all
            {% endif -%}
        {%- endfor %}
    ),

    -- Inhabitants weigh the means: women those of women, all of them the gap.
    weight as (
        select
            area_code,
            period_start,
            case when sex = 'total' then 'difference' else sex end as compared,
            cast(value as bigint) as resident_count
        from published
        where measure = 'N01951'
        union all
        select area_code, period_start, sex, cast(value as bigint)
        from published
        where measure = 'N01951' and sex = 'total'
    ),

    paired as (
        select
            own.indicator_id,
            kpi.kpi,
            own.area_code,
            benchmark_group.group_code,
            own.period_start,
            own.compared,
            own.own_value,
            own.own_low,
            own.own_high,
            own.own_person_count,
            own.is_partial,
            own.release_status,
            peer.value as peer_value,
            weight.resident_count
        from own
        inner join kpi on own.indicator_id = kpi.indicator_id
        inner join
            {{ ref("benchmark_groups") }} as benchmark_group
            on own.area_code = benchmark_group.municipality_code
        -- A municipality is no peer of its own.
        left join
            {{ ref("kolada_groups") }} as member
            on benchmark_group.group_code = member.group_code
            and member.member_code <> own.area_code
        left join
            peer
            on kpi.kpi = peer.measure
            and member.member_code = peer.area_code
            and own.period_start = peer.period_start
            and own.compared = peer.compared
        left join
            weight
            on member.member_code = weight.area_code
            and own.period_start = weight.period_start
            and own.compared = weight.compared
    ),

    compared as (
        select
            indicator_id,
            kpi,
            area_code,
            group_code,
            period_start,
            compared,
            max(own_value) as own_value,
            max(own_low) as own_low,
            max(own_high) as own_high,
            min(release_status) as release_status,
            max(own_person_count) as own_person_count,
            bool_or(is_partial) as is_partial,
            count(peer_value) as peer_count,
            {{ quantile("peer_value", 0.5) }} as peer_median,
            avg(peer_value) as peer_mean,
            sum(peer_value * resident_count) / sum(
                case when peer_value is not null then resident_count end
            ) as peer_weighted_mean,
            count(*) filter (
                where {{ is_above("own_value", "peer_value") }}
            ) as below_count,
            count(*) filter (
                where {{ is_same("own_value", "peer_value") }}
            ) as equal_count
        from paired
        group by 1, 2, 3, 4, 5, 6
    ),

    -- Whether there is a comparison, and if not why.
    judged as (
        select
            compared.*,
            kpi.title as kpi_title,
            kpi.differs_sv,
            kpi.differs_en,
            case
                when not kpi.is_split_by_sex and compared.compared <> 'total'
                then 'not_published_by_sex'
                when compared.own_value is null
                then 'no_own_value'
                when compared.is_partial
                then 'partial'
                when compared.own_person_count < {{ var("least_compared_persons") }}
                then 'too_few'
                when compared.peer_count = 0
                then 'no_peer_value'
                else 'value'
            end as status
        from compared
        inner join kpi on compared.kpi = kpi.kpi
    ),

    group_name as (
        select group_code, min(group_name) as group_name
        from {{ ref("kolada_groups") }}
        group by group_code
    ),

    area as ({{ area_names() }})

select
    judged.indicator_id,
    indicator.name_sv as indicator_name_sv,
    indicator.name_en as indicator_name_en,
    indicator.unit,
    judged.kpi,
    judged.kpi_title,
    judged.area_code,
    area.area_name,
    cast(extract(year from judged.period_start) as integer) as year,
    judged.group_code,
    group_name.group_name,
    judged.compared,
    judged.own_value,
    judged.own_low,
    judged.own_high,
    judged.own_person_count,
    cast(judged.peer_count as integer) as peer_count,
    cast(judged.peer_median as double) as peer_median,
    cast(judged.peer_mean as double) as peer_mean,
    cast(judged.peer_weighted_mean as double) as peer_weighted_mean,
    case
        when judged.status = 'value'
        then judged.own_value - cast(judged.peer_median as double)
    end as difference_to_median,
    case
        when judged.status = 'value'
        then 100.0 * (judged.below_count + 0.5 * judged.equal_count) / judged.peer_count
    end as percentile,
    judged.status,
    judged.release_status,
    nullif(judged.differs_sv, '') as caution_sv,
    nullif(judged.differs_en, '') as caution_en
from judged
inner join
    {{ ref("dim_indicator") }} as indicator
    on judged.indicator_id = indicator.indicator_id
inner join area on judged.area_code = area.area_code
inner join group_name on judged.group_code = group_name.group_code
