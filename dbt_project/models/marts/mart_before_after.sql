with

    change as (
        select
            *,
            extract(year from changed_on) * 12
            + extract(month from changed_on) as changed_month
        from {{ ref("working_method_changes") }}
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
        from change
        inner join
            {{ ref("fct_service_volume") }} as volume
            on change.municipality_code = volume.municipality_code
            and change.service = volume.service
        where
            extract(year from volume.service_month) * 12
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
            sex.sex
            {%- for side in ["before", "after"] %}
                {%- for measure in ["user_month_count", "person_count"] %}
                    ,
                    cast(
                        coalesce(summed.{{ side }}_{{ measure }}, 0) as integer
                    ) as {{ side }}_{{ measure }}
                {%- endfor %}
                {%- for kind in ["granted", "performed"] %}
                    ,
                    cast(
                        coalesce(summed.{{ side }}_{{ kind }}_quantity, 0) as decimal(
                            14, 2
                        )
                    ) as {{ side }}_{{ kind }}_quantity
                {%- endfor %}
            {%- endfor %}
        from change
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
    *,
    after_granted_per_user_month
    - before_granted_per_user_month as granted_per_user_month_change,
    after_performed_per_user_month
    - before_performed_per_user_month as performed_per_user_month_change
from with_value
