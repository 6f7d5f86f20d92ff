with

    change as (
        select
            *,
            extract(year from changed_on) * 12
            + extract(month from changed_on) as changed_month
        from {{ ref("working_method_changes") }}
    ),

    -- Of the months on either side, which have come; and of all, the last that anybody
    -- delivered for.
    volume_month as (
        select
            area_code,
            extract(year from month) * 12 + extract(month from month) as month_number,
            is_due,
            is_collected
        from {{ ref("fct_collection") }}
        where fact = 'service_volume'
    ),

    last_month as (
        select max(month_number) as month_number from volume_month where is_due
    ),

    collected as (
        select
            change.change_id,
            count(*) filter (
                where volume_month.month_number < change.changed_month
            ) as before_month_count,
            count(*) filter (
                where volume_month.month_number >= change.changed_month
            ) as after_month_count
        from change
        inner join
            volume_month
            on change.municipality_code = volume_month.area_code
            and volume_month.is_collected
            and volume_month.month_number
            between change.changed_month - 12 and change.changed_month + 11
        group by change.change_id
    ),

    with_status as (
        select
            change.*,
            case
                when
                    coalesce(collected.before_month_count, 0) = 0
                    or coalesce(collected.after_month_count, 0) = 0
                then 'not_collected'
                when collected.before_month_count + collected.after_month_count < 24
                then 'partial'
                else 'value'
            end as status,
            case
                when
                    last_month.month_number - change.changed_month - 11
                    >= {{ var("final_after_months") }}
                then 'final'
                else 'preliminary'
            end as release_status
        from change
        cross join last_month
        left join collected on change.change_id = collected.change_id
    ),

    month_of_change as (
        select
            change.change_id,
            volume.person_key,
            volume.sex,
            volume.care_need_level,
            extract(year from volume.service_month) * 12
            + extract(month from volume.service_month)
            >= change.changed_month as is_after,
            volume.service_month,
            volume.granted_quantity,
            volume.performed_quantity
        from with_status as change
        inner join
            {{ ref("fct_service_volume") }} as volume
            on change.municipality_code = volume.municipality_code
            and change.service = volume.service
        where
            change.status <> 'not_collected'
            and extract(year from volume.service_month) * 12
            + extract(month from volume.service_month)
            between change.changed_month - 12 and change.changed_month + 11
    ),

    -- A person's month is one, whoever provides.
    person_month as (
        select
            change_id,
            person_key,
            sex,
            care_need_level,
            is_after,
            service_month,
            sum(granted_quantity) as granted_quantity,
            sum(performed_quantity) as performed_quantity
        from month_of_change
        group by 1, 2, 3, 4, 5, 6
    ),

    summed as (
        select
            change_id,
            case
                when grouping(care_need_level) = 1 then 'total' else care_need_level
            end as care_need_level,
            case when grouping(sex) = 1 then 'total' else sex end as sex,
            {%- for side, predicate in [
                ("before", "not is_after"),
                ("after", "is_after"),
            ] %}
                count(*) filter (where {{ predicate }}) as {{ side }}_user_month_count,
                count(distinct person_key) filter (
                    where {{ predicate }}
                ) as {{ side }}_person_count,
                {%- for kind in ["granted", "performed"] %}
                    coalesce(
                        sum({{ kind }}_quantity) filter (where {{ predicate }}), 0
                    ) as {{ side }}_{{ kind }}_quantity
                    {%- if not loop.last %}, {% endif -%}
                {%- endfor %}
                {%- if not loop.last %}, {% endif -%}
            {%- endfor %}
        from person_month
        group by
            grouping sets (
                (change_id, care_need_level, sex),
                (change_id, care_need_level),
                (change_id, sex),
                (change_id)
            )
    ),

    -- What a person adds to either side. Most are on both, so a person is one of
    -- both: the
    -- sides vary together.
    person_side as (
        select
            change_id,
            case
                when grouping(care_need_level) = 1 then 'total' else care_need_level
            end as care_need_level,
            case when grouping(sex) = 1 then 'total' else sex end as sex,
            person_key
            {%- for side, predicate in [
                ("before", "not is_after"),
                ("after", "is_after"),
            ] %}
                ,
                count(*) filter (where {{ predicate }}) as {{ side }}_month_count
                {%- for kind in ["granted", "performed"] %}
                    ,
                    coalesce(
                        sum({{ kind }}_quantity) filter (where {{ predicate }}), 0
                    ) as {{ side }}_{{ kind }}
                {%- endfor %}
            {%- endfor %}
        from person_month
        group by change_id, person_key, cube (care_need_level, sex)
    ),

    -- By how much a person moves the change: the residual of both quotients.
    influence as (
        select
            person_side.change_id,
            person_side.care_need_level,
            person_side.sex
            {%- for kind in ["granted", "performed"] %}
                ,
                cast(
                    pow(
                        {%- for side in ["after", "before"] %}
                            (
                                person_side.{{ side }}_{{ kind }}
                                - cast(summed.{{ side }}_{{ kind }}_quantity as double)
                                / nullif(summed.{{ side }}_user_month_count, 0)
                                * person_side.{{ side }}_month_count
                            )
                            / nullif(summed.{{ side }}_user_month_count, 0)
                            {% if not loop.last %} -{% endif %}
                        {%- endfor %},
                        2
                    ) as decimal(38, 18)
                ) as {{ kind }}_square
            {%- endfor %}
        from person_side
        inner join
            summed
            on person_side.change_id = summed.change_id
            and person_side.care_need_level = summed.care_need_level
            and person_side.sex = summed.sex
    ),

    -- Decimals, for sums of doubles differ from run to run.
    reach as (
        select
            change_id,
            care_need_level,
            sex
            {%- for kind in ["granted", "performed"] %}
                ,
                case
                    when count({{ kind }}_square) >= {{ fewest_persons() }}
                    then
                        sqrt(
                            cast(sum({{ kind }}_square) as double)
                            * count(*)
                            / (cast(count(*) as double) - 1)
                        )
                        * {{ student_95("(1 / (cast(count(*) as double) - 1))") }}
                end as {{ kind }}_reach
            {%- endfor %}
        from influence
        group by 1, 2, 3
    ),

    care_need_level as (
        select code as care_need_level
        from {{ ref("dim_category") }}
        where axis = 'care_need_level'
        union all
        select 'total'
    ),

    sex as (select code as sex from {{ ref("dim_category") }} where axis = 'sex'),

    complete as (
        select
            change.change_id,
            change.municipality_code,
            change.service,
            change.changed_on,
            change.label_sv,
            change.label_en,
            care_need_level.care_need_level,
            sex.sex,
            change.status,
            change.release_status
            {%- for side in ["before", "after"] %}
                {%- for measure in ["user_month_count", "person_count"] %}
                    ,
                    case
                        when change.status <> 'not_collected'
                        then
                            cast(
                                coalesce(summed.{{ side }}_{{ measure }}, 0) as integer
                            )
                    end as {{ side }}_{{ measure }}
                {%- endfor %}
                {%- for kind in ["granted", "performed"] %}
                    ,
                    case
                        when change.status <> 'not_collected'
                        then
                            cast(
                                coalesce(
                                    summed.{{ side }}_{{ kind }}_quantity, 0
                                ) as decimal(14, 2)
                            )
                    end as {{ side }}_{{ kind }}_quantity
                {%- endfor %}
            {%- endfor %}
        from with_status as change
        cross join care_need_level
        cross join sex
        left join
            summed
            on change.change_id = summed.change_id
            and care_need_level.care_need_level = summed.care_need_level
            and sex.sex = summed.sex
    ),

    with_value as (
        select
            *
            {%- for side in ["before", "after"] %}
                {%- for kind in ["granted", "performed"] %}
                    ,
                    cast({{ side }}_{{ kind }}_quantity as double) / cast(
                        nullif({{ side }}_user_month_count, 0) as double
                    ) as {{ side }}_{{ kind }}_per_user_month,
                    cast({{ side }}_{{ kind }}_quantity as double) / cast(
                        nullif(
                            max({{ side }}_{{ kind }}_quantity) filter (
                                where sex = 'total'
                            ) over (partition by change_id, care_need_level),
                            0
                        ) as double
                    ) as {{ side }}_{{ kind }}_share
                {%- endfor %},
                cast({{ side }}_user_month_count as double) / cast(
                    nullif(
                        max({{ side }}_user_month_count) filter (
                            where sex = 'total'
                        ) over (partition by change_id, care_need_level),
                        0
                    ) as double
                ) as {{ side }}_user_month_share
            {%- endfor %}
        from complete
    )

select
    with_value.*
    {%- for kind in ["granted", "performed"] %}
        {%- set change = (
            "(after_"
            ~ kind
            ~ "_per_user_month - before_"
            ~ kind
            ~ "_per_user_month)"
        ) %},
        {{ change }} as {{ kind }}_per_user_month_change,
        {{ change }} - reach.{{ kind }}_reach as {{ kind }}_per_user_month_change_low,
        {{ change }} + reach.{{ kind }}_reach as {{ kind }}_per_user_month_change_high,
        -- Women and men are not the same persons: what is not known of them adds up.
        {%- set gap_change -%}
            case
                when with_value.sex = 'total'
                then
                    max({{ change }}) filter (where with_value.sex = 'women') over sexes
                    - max({{ change }}) filter (where with_value.sex = 'men') over sexes
            end
        {%- endset %}
        {%- set gap_reach -%}
            sqrt(
                pow(
                    max(reach.{{ kind }}_reach) filter (
                        where with_value.sex = 'women'
                    ) over sexes,
                    2
                ) + pow(
                    max(reach.{{ kind }}_reach) filter (
                        where with_value.sex = 'men'
                    ) over sexes,
                    2
                )
            )
        {%- endset %}
        {{ gap_change }} as {{ kind }}_gap_change,
        {{ gap_change }} - {{ gap_reach }} as {{ kind }}_gap_change_low,
        {{ gap_change }} + {{ gap_reach }} as {{ kind }}_gap_change_high
    {%- endfor %}
from with_value
left join
    reach
    on with_value.change_id = reach.change_id
    and with_value.care_need_level = reach.care_need_level
    and with_value.sex = reach.sex
window sexes as (partition by with_value.change_id, with_value.care_need_level)
