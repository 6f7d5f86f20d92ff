-- An axis that says the sex explains it away: within `single_woman` there are no men.
select explanation.indicator_id, explanation.explained_by
from {{ ref("indicator_explanation") }} as explanation
inner join
    {{ ref("structural_zeros") }} as structural_zero
    on explanation.explained_by = structural_zero.category_axis
