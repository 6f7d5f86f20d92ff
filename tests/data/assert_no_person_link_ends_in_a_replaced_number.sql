-- A number replaced more than three times, or in a circle, would leave one person two
-- keys.
select person_link.number_key
from {{ ref("int_person_link") }} as person_link
inner join
    {{ ref("int_person_link") }} as next_link
    on person_link.person_key = next_link.number_key
