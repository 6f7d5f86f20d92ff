with

    year as (
        select area_level, area_code, period_start, month_count, collected_month_count
        from {{ ref("indicator_collection") }}
        where fact = 'project_grant' and period_grain = 'year'
    ),

    category as (select * from {{ ref("dim_category") }}),

    sex as (select code, label_sv, label_en from category where axis = 'sex'),

    programme as (
        select code, label_sv, label_en
        from category
        where axis = 'fund_programme'
        union all
        select 'total', 'Totalt', 'Total'
    ),

    refusal_reason as (
        select code, label_sv, label_en
        from category
        where axis = 'fund_refusal_reason'
        union all
        select 'total', 'Alla ansökningar', 'All applications'
    ),

    area as ({{ area_names() }}),

    application as (
        select
            area_code as municipality_code,
            {{ period_start("decision_date", "year") }} as period_start,
            fund_programme,
            fund_refusal_reason,
            sex,
            is_granted,
            receiver_count,
            applied_sek,
            granted_sek
        from {{ ref("fct_project_grant") }}
    ),

    application_at_level as ({{ at_each_level("application") }}),

    -- The total is that of the fact, so sexes are never summed; programmes and reasons
    -- are.
    counted as (
        select
            area_level,
            area_code,
            period_start,
            sex,
            case
                when grouping(fund_programme) = 1 then 'total' else fund_programme
            end as fund_programme,
            case
                when grouping(fund_refusal_reason) = 1
                then 'total'
                else fund_refusal_reason
            end as fund_refusal_reason,
            count(*) filter (
                where applied_sek > 0 or receiver_count > 0
            ) as application_count,
            count(*) filter (
                where not is_granted and (applied_sek > 0 or receiver_count > 0)
            ) as refused_count,
            sum(applied_sek) as applied_sek,
            sum(granted_sek) as granted_sek,
            sum(applied_sek) filter (where not is_granted) as refused_sek,
            sum(receiver_count) filter (where is_granted) as receiver_count,
            sum(granted_sek) filter (where receiver_count > 0) as receiver_sek
        from application_at_level
        group by
            grouping sets (
                (area_level, area_code, period_start, sex),
                (area_level, area_code, period_start, sex, fund_programme),
                (area_level, area_code, period_start, sex, fund_refusal_reason),
                (
                    area_level,
                    area_code,
                    period_start,
                    sex,
                    fund_programme,
                    fund_refusal_reason
                )
            )
    ),

    cell as (
        select
            year.*,
            programme.code as fund_programme,
            programme.label_sv as fund_programme_label_sv,
            programme.label_en as fund_programme_label_en,
            refusal_reason.code as fund_refusal_reason,
            refusal_reason.label_sv as fund_refusal_reason_label_sv,
            refusal_reason.label_en as fund_refusal_reason_label_en,
            sex.code as sex,
            sex.label_sv as sex_label_sv,
            sex.label_en as sex_label_en
            {%- for amount in [
                "application_count",
                "refused_count",
                "applied_sek",
                "granted_sek",
                "refused_sek",
                "receiver_count",
                "receiver_sek",
            ] %}
                ,
                case
                    when year.collected_month_count > 0
                    then coalesce(counted.{{ amount }}, 0)
                end as {{ amount }}
            {%- endfor %}
        from year
        cross join programme
        cross join refusal_reason
        cross join sex
        left join
            counted
            on year.area_level = counted.area_level
            and year.area_code = counted.area_code
            and year.period_start = counted.period_start
            and programme.code = counted.fund_programme
            and refusal_reason.code = counted.fund_refusal_reason
            and sex.code = counted.sex
    ),

    with_total as (
        select
            *,
            max(case when sex = 'total' then granted_sek end) over (
                partition by
                    area_level,
                    area_code,
                    period_start,
                    fund_programme,
                    fund_refusal_reason
            ) as total_granted_sek
        from cell
    )

select
    cell.area_level,
    cell.area_code,
    area.area_name,
    cast(extract(year from cell.period_start) as integer) as year,
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
    cast(cell.applied_sek as decimal(18, 2)) as applied_sek,
    cast(cell.granted_sek as decimal(18, 2)) as granted_sek,
    cast(cell.refused_sek as decimal(18, 2)) as refused_sek,
    cast(cell.receiver_count as bigint) as receiver_count,
    case
        when cell.application_count > 0
        then
            100
            * cast(cell.application_count - cell.refused_count as double)
            / cell.application_count
    end as approval_percent,
    case
        when cell.applied_sek > 0
        then 100 * cast(cell.granted_sek as double) / cast(cell.applied_sek as double)
    end as granted_percent,
    case
        when cell.total_granted_sek > 0
        then
            100
            * cast(cell.granted_sek as double)
            / cast(cell.total_granted_sek as double)
    end as share_of_granted_percent,
    case
        when cell.receiver_count > 0
        then cast(cell.receiver_sek as double) / cast(cell.receiver_count as double)
    end as granted_sek_per_receiver,
    case
        when cell.collected_month_count = 0
        then 'not_collected'
        when cell.collected_month_count < cell.month_count
        then 'partial'
        when cell.application_count = 0
        then 'zero'
        else 'value'
    end as status
from with_total as cell
inner join area on cell.area_code = area.area_code
