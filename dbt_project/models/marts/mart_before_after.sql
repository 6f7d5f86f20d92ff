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

    -- The mean month of a person, who counts once however many there were.
    person_mean as (
        select
            change_id,
            case
                when grouping(care_need_level) = 1 then 'total' else care_need_level
            end as care_need_level,
            case when grouping(sex) = 1 then 'total' else sex end as sex,
            is_after,
            person_key
            {%- for kind in ["granted", "performed"] %}
                ,
                cast(sum({{ kind }}_quantity) as double)
                / nullif(count({{ kind }}_quantity), 0) as {{ kind }}_mean
            {%- endfor %}
        from person_month
        group by change_id, is_after, person_key, cube (care_need_level, sex)
    ),

    -- In decimals, for sums of doubles differ from run to run.
    person_spread as (
        select
            change_id,
            care_need_level,
            sex
            {%- for side, predicate in [
                ("before", "not is_after"),
                ("after", "is_after"),
            ] %}
                {%- for kind in ["granted", "performed"] %}
                    {%- set mean = "cast(" ~ kind ~ "_mean as decimal(12, 4))" %},
                    count({{ mean }}) filter (
                        where {{ predicate }}
                    ) as {{ side }}_{{ kind }}_count,
                    cast(
                        sum({{ mean }}) filter (where {{ predicate }}) as double
                    ) as {{ side }}_{{ kind }}_sum,
                    cast(
                        sum({{ mean }} * {{ mean }}) filter (
                            where {{ predicate }}
                        ) as double
                    ) as {{ side }}_{{ kind }}_squares
                {%- endfor %}
            {%- endfor %}
        from person_mean
        group by 1, 2, 3
    ),

    person_variance as (
        select
            *
            {%- for side in ["before", "after"] %}
                {%- for kind in ["granted", "performed"] %}
                    {%- set name = side ~ "_" ~ kind %},
                    (
                        {{ name }}_squares
                        - {{ name }}_sum * {{ name }}_sum / nullif({{ name }}_count, 0)
                    )
                    / nullif({{ name }}_count - 1, 0) as {{ name }}_variance
                {%- endfor %}
            {%- endfor %}
        from person_spread
    ),

    person_mean_change as (
        select
            change_id,
            care_need_level,
            sex
            {%- for kind in ["granted", "performed"] %}
                ,
                after_{{ kind }}_sum / nullif(after_{{ kind }}_count, 0)
                - before_{{ kind }}_sum
                / nullif(before_{{ kind }}_count, 0) as {{ kind }}_change,
                {{
                    welch_reach(
                        "before_" ~ kind ~ "_count",
                        "before_" ~ kind ~ "_variance",
                        "after_" ~ kind ~ "_count",
                        "after_" ~ kind ~ "_variance",
                    )
                }} as {{ kind }}_reach
            {%- endfor %}
        from person_variance
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
    with_value.*,
    after_granted_per_user_month
    - before_granted_per_user_month as granted_per_user_month_change,
    after_performed_per_user_month
    - before_performed_per_user_month as performed_per_user_month_change
    {%- for kind in ["granted", "performed"] %}
        ,
        person_mean_change.{{ kind }}_change as {{ kind }}_per_person_month_change,
        person_mean_change.{{ kind }}_change
        - person_mean_change.{{ kind }}_reach as {{ kind }}_per_person_month_change_lo,
        person_mean_change.{{ kind }}_change
        + person_mean_change.{{ kind }}_reach as {{ kind }}_per_person_month_change_hi
    {%- endfor %}
from with_value
left join
    person_mean_change
    on with_value.change_id = person_mean_change.change_id
    and with_value.care_need_level = person_mean_change.care_need_level
    and with_value.sex = person_mean_change.sex
