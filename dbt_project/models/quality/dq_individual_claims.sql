select
    indicator_id,
    is_individual_based,
    is_observed,
    has_observed_base,
    not_individual_reason,
    case
        when not is_individual_based and (is_observed or has_observed_base)
        then 'counts persons, and is declared not to'
        when not is_individual_based and not_individual_reason = ''
        then 'is declared not to be about persons, without a reason'
    end as violation
from {{ ref("dim_indicator") }}
