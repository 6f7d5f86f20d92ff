{%- set kronor = ["applied_sek", "granted_sek", "refused_sek"] -%}
with

    owed_year as ({{ owed_years("project_grant") }}),

    label as (
        select axis, code, label_sv, label_en
        from {{ ref("dim_label") }}
        where
            axis = 'fund_programme'
            or (axis = 'fund_refusal_reason' and code <> 'total')
        union all
        select 'fund_refusal_reason', 'total', 'Alla ansökningar', 'All applications'
    ),

    application as (
        select
            area_code as municipality_code,
            {{ period_start("decision_date", "year") }} as year_start,
            fund_programme,
            fund_refusal_reason,
            sex,
            is_granted,
            receiver_count,
            applied_sek,
            granted_sek,
            applied_sek > 0 or receiver_count > 0 as is_for_sex
        from {{ ref("fct_project_grant") }}
    ),

    application_at_level as ({{ at_each_level("application") }}),

    -- An application that is for both sexes stands in both, so no figure of the cube
    -- counts applications. The total is that of the fact, so sexes are never summed;
    -- programmes and reasons are.
    counted as (
        select
            area_level,
            area_code,
            year_start,
            sex,
            case
                when grouping(fund_programme) = 1 then 'total' else fund_programme
            end as fund_programme,
            case
                when grouping(fund_refusal_reason) = 1
                then 'total'
                else fund_refusal_reason
            end as fund_refusal_reason,
            count(*) filter (where is_for_sex) as application_count,
            count(*) filter (where is_for_sex and not is_granted) as refused_count,
            sum(applied_sek) as applied_sek,
            sum(granted_sek) as granted_sek,
            sum(applied_sek) filter (where not is_granted) as refused_sek,
            sum(receiver_count) filter (where is_granted) as receiver_count,
            sum(granted_sek) filter (where receiver_count > 0) as receiver_sek
        from application_at_level
        group by
            area_level,
            area_code,
            year_start,
            sex,
            cube (fund_programme, fund_refusal_reason)
    ),

    cell as (
        select
            owed_year.*,
            programme.code as fund_programme,
            programme.label_sv as fund_programme_label_sv,
            programme.label_en as fund_programme_label_en,
            reason.code as fund_refusal_reason,
            reason.label_sv as fund_refusal_reason_label_sv,
            reason.label_en as fund_refusal_reason_label_en,
            sex.sex,
            sex.label_sv as sex_label_sv,
            sex.label_en as sex_label_en
            {%- for amount in kronor + [
                "application_count",
                "refused_count",
                "receiver_count",
                "receiver_sek",
            ] %}
                ,
                case
                    when owed_year.status <> 'not_collected'
                    then coalesce(counted.{{ amount }}, 0)
                end as {{ amount }}
            {%- endfor %}
        from owed_year
        inner join label as programme on programme.axis = 'fund_programme'
        inner join label as reason on reason.axis = 'fund_refusal_reason'
        cross join {{ ref("dim_sex") }} as sex
        left join
            counted
            on owed_year.area_level = counted.area_level
            and owed_year.area_code = counted.area_code
            and owed_year.year_start = counted.year_start
            and programme.code = counted.fund_programme
            and reason.code = counted.fund_refusal_reason
            and sex.sex = counted.sex
    )

select
    cell.area_level,
    cell.area_code,
    area.area_name,
    cell.year,
    cell.fund_programme,
    cell.fund_programme_label_sv,
    cell.fund_programme_label_en,
    cell.fund_refusal_reason,
    cell.fund_refusal_reason_label_sv,
    cell.fund_refusal_reason_label_en,
    cell.sex,
    cell.sex_label_sv,
    cell.sex_label_en,
    cell.application_count,
    cell.refused_count,
    {%- for amount in kronor %}
        cast(cell.{{ amount }} as decimal(18, 2)) as {{ amount }},
    {%- endfor %}
    cast(cell.receiver_count as bigint) as receiver_count,
    100
    * cast(cell.application_count - cell.refused_count as double)
    / nullif(cell.application_count, 0) as approval_percent,
    100
    * cast(cell.granted_sek as double)
    / nullif(cast(cell.applied_sek as double), 0) as granted_percent,
    100
    * cast(cell.granted_sek as double)
    / nullif(
        cast(
            max(case when cell.sex = 'total' then cell.granted_sek end) over (
                partition by
                    cell.area_level,
                    cell.area_code,
                    cell.year,
                    cell.fund_programme,
                    cell.fund_refusal_reason
            ) as double
        ),
        0
    ) as share_of_granted_percent,
    cast(cell.receiver_sek as double)
    / nullif(cast(cell.receiver_count as double), 0) as granted_sek_per_receiver,
    case
        when cell.status = 'value' and cell.application_count = 0
        then 'zero'
        else cell.status
    end as status,
    cell.release_status
from cell
inner join {{ ref("dim_area") }} as area on cell.area_code = area.area_code
