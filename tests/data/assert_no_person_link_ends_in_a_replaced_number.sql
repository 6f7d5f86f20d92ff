-- A number replaced more than three times would leave one person two keys: told here
-- and in quality.unknown_reference, and must not stop the night.
{{ config(severity="warn") }}

select person_link.number_key
from {{ ref("int_person_link") }} as person_link
inner join
    {{ ref("int_person_link") }} as next_link
    on person_link.person_key = next_link.number_key
