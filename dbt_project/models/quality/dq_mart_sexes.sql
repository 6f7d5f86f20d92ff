with

    cell as (
        {{
            cells_by_sex(
                {
                    "mart_before_after": ref("mart_before_after"),
                    "mart_cost_concentration": ref("mart_cost_concentration"),
                    "mart_cost_per_user": ref("mart_cost_per_user"),
                    "mart_course_choice": ref("mart_course_choice"),
                    "mart_length_of_stay": ref("mart_length_of_stay"),
                    "mart_multiproblem": ref("mart_multiproblem"),
                    "mart_overrepresentation": ref("mart_overrepresentation"),
                    "mart_pathway": ref("mart_pathway"),
                    "mart_pathway_transition": ref("mart_pathway_transition"),
                    "mart_placement_units": ref("mart_placement_units"),
                    "mart_process_funnel": ref("mart_process_funnel"),
                    "mart_project_funds": ref("mart_project_funds"),
                    "mart_quarterly_report": ref("mart_quarterly_report"),
                    "mart_service_volume": ref("mart_service_volume"),
                    "mart_violence_screening": ref("mart_violence_screening"),
                }
            )
        }}
    )

select
    mart,
    measure,
    area_code,
    cell,
    women,
    men,
    unknown,
    total,
    case
        when sex_count <> 4 and not may_be_absent
        then 'a sex has no row'
        when
            total is distinct from case
                when coalesce(women, men, unknown) is not null
                then coalesce(women, 0) + coalesce(men, 0) + coalesce(unknown, 0)
            end
        then 'women, men and unknown do not add up to the total'
    end as violation
from cell
