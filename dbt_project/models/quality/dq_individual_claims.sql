select
    indicator_id,
    is_individual_based,
    numerator_kind,
    base_kind,
    not_individual_reason,
    case
        when not is_individual_based and 'observed' in (numerator_kind, base_kind)
        then 'counts persons, and is declared not to'
        when is_individual_based and numerator_kind = 'none'
        then 'counts no persons, and is declared to'
        when compares_sexes and (is_additive or numerator_kind <> 'observed')
        then 'is declared to compare women and men, and compares no persons'
        when not is_individual_based and not_individual_reason = ''
        then 'is declared not to be about persons, without a reason'
    end as violation
from {{ ref("dim_indicator") }}
