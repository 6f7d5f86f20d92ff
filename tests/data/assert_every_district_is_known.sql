-- A slip in a name must not stop the night: the row is kept and named here.
{{ config(severity="warn") }}

with
    named as (
        select municipality_code, unit_code as district_code
        from {{ ref("fct_survey_answer") }}
        where unit_level = 'district'
        union
        select municipality_code, district_code
        from {{ ref("fct_improvement") }}
        where district_code is not null
    )

select named.*
from named
left join
    {{ ref("districts") }} as district on named.district_code = district.district_code
where district.district_code is null
