with

    grid as (select * from {{ ref("indicator_grid") }}),

    indicator as (select * from {{ ref("dim_indicator") }}),

    counted_cell as (
        {%- for service_area in service_areas() %}
            select *
            from {{ ref(service_area) }}
            {%- if not loop.last %}
                union all
            {% endif -%}
        {%- endfor %}
    ),

    look_back as (
        select indicator.indicator_id, look_back.*
        from {{ ref("indicator_look_back") }} as look_back
        inner join
            indicator
            on look_back.fact = indicator.numerator_fact
            and look_back.period_grain = indicator.period_grain
            and look_back.look_back_months = indicator.look_back_months
    ),

    -- What was counted from months that do not reach back as far as the figure looks
    -- is no figure.
    cube as (
        select counted_cell.*
        from counted_cell
        left join
            look_back
            on counted_cell.indicator_id = look_back.indicator_id
            and counted_cell.area_level = look_back.area_level
            and counted_cell.area_code = look_back.area_code
            and counted_cell.period_start = look_back.period_start
        where coalesce(look_back.collected_month_count, 1) > 0
    ),

    collection as (select * from {{ ref("indicator_collection") }}),

    waiver as (select * from {{ ref("waivers") }}),

    structural_zero as (select * from {{ ref("structural_zeros") }}),

    joined as (
        select
            {{ cell_columns("grid.") }},
            cube.numerator,
            cube.denominator,
            cube.numerator_person_count,
            cube.denominator_person_count,
            cube.numerator_largest,
            cube.numerator_squares,
            cube.denominator_squares,
            cube.cross_products,
            cube.to_follow_count,
            cube.followed_count,
            indicator.scale,
            indicator.numerator_kind,
            indicator.base_kind,
            indicator.estimate_kind,
            indicator.is_additive,
            indicator.is_individual_based,
            indicator.compares_sexes,
            indicator.denominator_fact is not null as has_denominator,
            -- Until then corrections are expected, or what is followed is not yet
            -- known.
            case
                when
                    collection.months_known_after >= indicator.final_after_months
                    and coalesce(cube.followed_count = cube.to_follow_count, true)
                then 'final'
                else 'preliminary'
            end as release_status,
            cast(
                coalesce(
                    look_back.collected_month_count, collection.collected_month_count
                )
                * 1.0
                / coalesce(look_back.month_count, collection.month_count) as decimal(
                    5, 4
                )
            ) as collected_share,
            structural_zero.sex is not null as is_structural_zero,
            waiver.indicator_id is not null as is_waived
        from grid
        inner join indicator on grid.indicator_id = indicator.indicator_id
        left join
            look_back
            on grid.indicator_id = look_back.indicator_id
            and grid.area_level = look_back.area_level
            and grid.area_code = look_back.area_code
            and grid.period_start = look_back.period_start
        left join
            cube on grid.indicator_id = cube.indicator_id
            and grid.area_level = cube.area_level
            and grid.area_code = cube.area_code
            and grid.period_start = cube.period_start
            and grid.period_grain = cube.period_grain
            and grid.sex = cube.sex
            and grid.age_band = cube.age_band
            and grid.birth_region = cube.birth_region
            and grid.category_axis = cube.category_axis
            and grid.category = cube.category
        left join
            collection
            on indicator.numerator_fact = collection.fact
            and grid.area_level = collection.area_level
            and grid.area_code = collection.area_code
            and grid.period_grain = collection.period_grain
            and grid.period_start = collection.period_start
        left join
            structural_zero
            on grid.category_axis = structural_zero.category_axis
            and grid.category = structural_zero.category
            and grid.sex = structural_zero.sex
        left join
            waiver
            on grid.indicator_id = waiver.indicator_id
            and waiver.area_code in (grid.area_code, 'all')
            and grid.period_start between waiver.period_from and waiver.until
            and grid.sex <> 'total'
    ),

    -- Nothing counted where the months have come is zero; elsewhere it is nothing
    -- known.
    counted as (
        select
            {{ cell_columns() }},
            numerator_person_count,
            denominator_person_count,
            numerator_largest,
            numerator_squares,
            denominator_squares,
            cross_products,
            to_follow_count,
            followed_count,
            scale,
            numerator_kind,
            base_kind,
            estimate_kind,
            is_additive,
            is_individual_based,
            compares_sexes,
            has_denominator,
            release_status,
            collected_share,
            is_structural_zero,
            is_waived,
            case
                when
                    numerator_kind <> 'published'
                    and is_additive
                    and (is_individual_based or sex = 'total')
                    and coalesce(collected_share, 0) > 0
                then coalesce(numerator, 0)
                else numerator
            end as numerator,
            case
                when
                    base_kind <> 'published'
                    and has_denominator
                    and (is_individual_based or sex = 'total')
                    and coalesce(collected_share, 0) > 0
                then coalesce(denominator, 0)
                else denominator
            end as denominator
        from joined
    ),

    with_status as (
        select
            *,
            case
                when is_structural_zero
                then 'structural_zero'
                when (compares_sexes or not is_individual_based) and sex <> 'total'
                then 'not_applicable'
                -- No woman in own rows that do not tell the sex is nothing known, not
                -- zero.
                when is_waived and coalesce(numerator, 0) = 0
                then 'waived'
                when
                    coalesce(collected_share, 0) = 0
                    or (numerator is null and is_additive)
                then 'not_collected'
                when to_follow_count > 0 and followed_count = 0
                then 'not_yet_followed'
                when collected_share < 1
                then 'partial'
                -- A median of nobody.
                when numerator is null
                then 'no_denominator'
                when has_denominator and coalesce(denominator, 0) = 0
                then 'no_denominator'
                when followed_count < to_follow_count
                then 'partial'
                when numerator = 0
                then 'zero'
                else 'value'
            end as status
        from counted
    ),

    valued as (
        select
            *,
            case
                when
                    status in (
                        'structural_zero',
                        'not_applicable',
                        'waived',
                        'not_collected',
                        'not_yet_followed'
                    )
                then null
                when not has_denominator
                then cast(numerator as double) * scale
                when denominator <> 0
                then cast(numerator as double) * scale / cast(denominator as double)
            end as value,
            case
                when has_denominator and base_kind = 'observed'
                then coalesce(denominator_person_count, 0)
                else coalesce(numerator_person_count, 0)
            end as person_count
        from with_status
    ),

    -- How sure a figure is: persons are independent of each other, rows of a person
    -- are not. A plain count is what was counted.
    with_variance as (
        select
            *,
            case
                when value is not null and denominator > 0
                then cast(numerator as double) / cast(denominator as double)
            end as share,
            estimate_kind = 'rate'
            and base_kind = 'published' as is_rate_of_inhabitants,
            case
                when value is not null and numerator_kind = 'observed'
                then
                    {{
                        relative_variance(
                            "numerator",
                            "denominator",
                            "numerator_squares",
                            "cross_products",
                            "denominator_squares",
                        )
                    }}
            end as relative_variance
        from valued
    ),

    -- A share rests on persons or fewer, of inhabitants on all of them; events among
    -- inhabitants rest on themselves.
    with_effective_total as (
        select
            *,
            case
                when value is null or not has_denominator
                then null
                when estimate_kind = 'share' and base_kind = 'published'
                then cast(denominator as double)
                when estimate_kind = 'share'
                then
                    {{
                        effective_total(
                            "share",
                            "relative_variance",
                            "denominator",
                            "person_count",
                        )
                    }}
                when is_rate_of_inhabitants
                then coalesce(1 / relative_variance, 0)
                else cast(person_count as double)
            end as effective_total
        from with_variance
    ),

    with_reach as (
        select
            *,
            estimate_kind = 'share' and share between 0 and 1 as is_part_of_whole,
            case
                when estimate_kind in ('share', 'mean', 'rate')
                then {{ log_reach("relative_variance", "person_count") }}
            end as reach
        from with_effective_total
    )

select
    {{ cell_columns() }},
    numerator,
    denominator,
    value,
    status,
    person_count,
    coalesce(numerator_person_count, 0) as numerator_person_count,
    numerator_largest,
    numerator_squares,
    cross_products,
    denominator_squares,
    estimate_kind,
    effective_total,
    relative_variance,
    {%- for bound, wilson, byar in [
        ("low", wilson_lo, byar_lo),
        ("high", wilson_hi, byar_hi),
    ] %}
        case
            when is_part_of_whole
            then scale * {{ wilson("share * effective_total", "effective_total") }}
            when is_rate_of_inhabitants
            then
                {{ byar("effective_total") }} * case
                    when effective_total > 0
                    then value / effective_total
                    else scale / cast(denominator as double)
                end
            else value {{ "/" if bound == "low" else "*" }} reach
        end as value_{{ bound }},
    {%- endfor %}
    case
        when status = 'not_yet_followed'
        then 'not_followed'
        when value is null
        then 'no_value'
        when collected_share < 1
        then 'partial'
        when followed_count < to_follow_count
        then 'not_followed'
        when {{ has_no_error("estimate_kind") }}
        then estimate_kind
        when numerator_kind = 'none'
        then 'no_persons'
        when
            case
                when numerator_kind = 'published' then denominator else person_count
            end
            < {{ fewest_persons() }}
        then 'few_persons'
        when estimate_kind = 'share'
        then 'comparable'
        when numerator = 0
        then 'no_events'
        when coalesce(relative_variance, 0) = 0
        then 'no_variance'
        else 'comparable'
    end as comparability,
    collected_share,
    -- Only all of them are a whole, and only none is nothing.
    case
        when to_follow_count > 0
        then
            cast(
                case
                    when followed_count in (0, to_follow_count)
                    then sign(followed_count)
                    else
                        greatest(
                            least(followed_count * 1.0 / to_follow_count, 0.9999),
                            0.0001
                        )
                end as decimal(5, 4)
            )
    end as followed_share,
    release_status
from with_reach
