-- The yearly figures of fct_assistance_month as somebody would write them by hand who knows how
-- persons must be counted: what benchmarks/registry.py holds the registry against.
with
    base as (
        select
            cast(date_trunc('year', benefit_month) as date) as period_start,
            municipality_code, person_key, sex, age_band, birth_region, household_type,
            obstacle_group,
            count(*) filter (where is_adult) as adult_months,
            count(*) filter (where not is_adult) as child_months,
            coalesce(sum(amount_sek) filter (where is_adult), 0) as amount,
            coalesce(bit_or(1 << cast(month(benefit_month) - 1 as integer)) filter (where is_adult), 0) as year_months,
            coalesce(max(spell_month_count) filter (where is_adult), 0) as three,
            coalesce(max(month_count_of_36) filter (where is_adult), 0) as of_36,
            count(*) filter (where is_adult and is_spell_end and is_followed_a_year) as endings,
            count(*) filter (
            where is_adult and is_spell_end and is_followed_a_year and not has_returned_within_a_year
        ) as lasting
        from build.facts.fct_assistance_month
        where is_recipient
        group by all
    ),
    municipality_person as (
        select period_start, municipality_code as area_code, person_key, sex, age_band, birth_region,
            sum(adult_months) as adult_months, sum(child_months) as child_months, sum(amount) as amount, bit_or(year_months) as year_months, max(three) as three, max(of_36) as of_36, sum(endings) as endings, sum(lasting) as lasting
        from base group by all
    ),
    municipality_household as (
        select period_start, municipality_code as area_code, person_key, sex, household_type,
            sum(adult_months) as adult_months, sum(child_months) as child_months, sum(amount) as amount, bit_or(year_months) as year_months, max(three) as three, max(of_36) as of_36, sum(endings) as endings, sum(lasting) as lasting
        from base group by all
    ),
    municipality_obstacle as (
        select period_start, municipality_code as area_code, person_key, sex, obstacle_group,
            sum(adult_months) as adult_months, sum(child_months) as child_months, sum(amount) as amount, bit_or(year_months) as year_months, max(three) as three, max(of_36) as of_36, sum(endings) as endings, sum(lasting) as lasting
        from base group by all
    ),
    county_person as (
        select period_start, substr(municipality_code, 1, 2) as area_code, person_key, sex, age_band, birth_region,
            sum(adult_months) as adult_months, sum(child_months) as child_months, sum(amount) as amount, bit_or(year_months) as year_months, max(three) as three, max(of_36) as of_36, sum(endings) as endings, sum(lasting) as lasting
        from base group by all
    ),
    county_household as (
        select period_start, substr(municipality_code, 1, 2) as area_code, person_key, sex, household_type,
            sum(adult_months) as adult_months, sum(child_months) as child_months, sum(amount) as amount, bit_or(year_months) as year_months, max(three) as three, max(of_36) as of_36, sum(endings) as endings, sum(lasting) as lasting
        from base group by all
    ),
    county_obstacle as (
        select period_start, substr(municipality_code, 1, 2) as area_code, person_key, sex, obstacle_group,
            sum(adult_months) as adult_months, sum(child_months) as child_months, sum(amount) as amount, bit_or(year_months) as year_months, max(three) as three, max(of_36) as of_36, sum(endings) as endings, sum(lasting) as lasting
        from base group by all
    ),
    everywhere_person as (
        select period_start, 'all' as area_code, person_key, sex, age_band, birth_region,
            sum(adult_months) as adult_months, sum(child_months) as child_months, sum(amount) as amount, bit_or(year_months) as year_months, max(three) as three, max(of_36) as of_36, sum(endings) as endings, sum(lasting) as lasting
        from base group by all
    ),
    everywhere_household as (
        select period_start, 'all' as area_code, person_key, sex, household_type,
            sum(adult_months) as adult_months, sum(child_months) as child_months, sum(amount) as amount, bit_or(year_months) as year_months, max(three) as three, max(of_36) as of_36, sum(endings) as endings, sum(lasting) as lasting
        from base group by all
    ),
    everywhere_obstacle as (
        select period_start, 'all' as area_code, person_key, sex, obstacle_group,
            sum(adult_months) as adult_months, sum(child_months) as child_months, sum(amount) as amount, bit_or(year_months) as year_months, max(three) as three, max(of_36) as of_36, sum(endings) as endings, sum(lasting) as lasting
        from base group by all
    ),
    cell as (
        select period_start, area_code, coalesce(sex, 'total') as sex,
            coalesce(age_band, 'total') as age_band, coalesce(birth_region, 'total') as birth_region,
            'total' as category_axis, 'total' as category,
            count(*) filter (where adult_months > 0) as adults,
            count(*) filter (where child_months > 0) as children,
            sum(amount) as amount,
            sum(adult_months) as adult_months,
            count(*) filter (where bit_count(year_months) >= 10) as long_term,
            count(*) filter (where three >= 3) as three_months,
            count(*) filter (where three >= 6) as six_months,
            count(*) filter (where of_36 >= 27) as very_long_term,
            sum(endings) as endings,
            sum(lasting) as lasting
        from municipality_person group by period_start, area_code, cube (sex, age_band, birth_region)
        union all
        select period_start, area_code, coalesce(sex, 'total') as sex,
            'total' as age_band, 'total' as birth_region, 'household_type' as category_axis, household_type as category,
            count(*) filter (where adult_months > 0) as adults,
            count(*) filter (where child_months > 0) as children,
            sum(amount) as amount,
            sum(adult_months) as adult_months,
            count(*) filter (where bit_count(year_months) >= 10) as long_term,
            count(*) filter (where three >= 3) as three_months,
            count(*) filter (where three >= 6) as six_months,
            count(*) filter (where of_36 >= 27) as very_long_term,
            sum(endings) as endings,
            sum(lasting) as lasting
        from municipality_household group by period_start, area_code, household_type, cube (sex)
        union all
        select period_start, area_code, coalesce(sex, 'total') as sex,
            'total' as age_band, 'total' as birth_region, 'obstacle_group' as category_axis, obstacle_group as category,
            count(*) filter (where adult_months > 0) as adults,
            count(*) filter (where child_months > 0) as children,
            sum(amount) as amount,
            sum(adult_months) as adult_months,
            count(*) filter (where bit_count(year_months) >= 10) as long_term,
            count(*) filter (where three >= 3) as three_months,
            count(*) filter (where three >= 6) as six_months,
            count(*) filter (where of_36 >= 27) as very_long_term,
            sum(endings) as endings,
            sum(lasting) as lasting
        from municipality_obstacle group by period_start, area_code, obstacle_group, cube (sex)
        union all
        select period_start, area_code, coalesce(sex, 'total') as sex,
            coalesce(age_band, 'total') as age_band, coalesce(birth_region, 'total') as birth_region,
            'total' as category_axis, 'total' as category,
            count(*) filter (where adult_months > 0) as adults,
            count(*) filter (where child_months > 0) as children,
            sum(amount) as amount,
            sum(adult_months) as adult_months,
            count(*) filter (where bit_count(year_months) >= 10) as long_term,
            count(*) filter (where three >= 3) as three_months,
            count(*) filter (where three >= 6) as six_months,
            count(*) filter (where of_36 >= 27) as very_long_term,
            sum(endings) as endings,
            sum(lasting) as lasting
        from county_person group by period_start, area_code, cube (sex, age_band, birth_region)
        union all
        select period_start, area_code, coalesce(sex, 'total') as sex,
            'total' as age_band, 'total' as birth_region, 'household_type' as category_axis, household_type as category,
            count(*) filter (where adult_months > 0) as adults,
            count(*) filter (where child_months > 0) as children,
            sum(amount) as amount,
            sum(adult_months) as adult_months,
            count(*) filter (where bit_count(year_months) >= 10) as long_term,
            count(*) filter (where three >= 3) as three_months,
            count(*) filter (where three >= 6) as six_months,
            count(*) filter (where of_36 >= 27) as very_long_term,
            sum(endings) as endings,
            sum(lasting) as lasting
        from county_household group by period_start, area_code, household_type, cube (sex)
        union all
        select period_start, area_code, coalesce(sex, 'total') as sex,
            'total' as age_band, 'total' as birth_region, 'obstacle_group' as category_axis, obstacle_group as category,
            count(*) filter (where adult_months > 0) as adults,
            count(*) filter (where child_months > 0) as children,
            sum(amount) as amount,
            sum(adult_months) as adult_months,
            count(*) filter (where bit_count(year_months) >= 10) as long_term,
            count(*) filter (where three >= 3) as three_months,
            count(*) filter (where three >= 6) as six_months,
            count(*) filter (where of_36 >= 27) as very_long_term,
            sum(endings) as endings,
            sum(lasting) as lasting
        from county_obstacle group by period_start, area_code, obstacle_group, cube (sex)
        union all
        select period_start, area_code, coalesce(sex, 'total') as sex,
            coalesce(age_band, 'total') as age_band, coalesce(birth_region, 'total') as birth_region,
            'total' as category_axis, 'total' as category,
            count(*) filter (where adult_months > 0) as adults,
            count(*) filter (where child_months > 0) as children,
            sum(amount) as amount,
            sum(adult_months) as adult_months,
            count(*) filter (where bit_count(year_months) >= 10) as long_term,
            count(*) filter (where three >= 3) as three_months,
            count(*) filter (where three >= 6) as six_months,
            count(*) filter (where of_36 >= 27) as very_long_term,
            sum(endings) as endings,
            sum(lasting) as lasting
        from everywhere_person group by period_start, area_code, cube (sex, age_band, birth_region)
        union all
        select period_start, area_code, coalesce(sex, 'total') as sex,
            'total' as age_band, 'total' as birth_region, 'household_type' as category_axis, household_type as category,
            count(*) filter (where adult_months > 0) as adults,
            count(*) filter (where child_months > 0) as children,
            sum(amount) as amount,
            sum(adult_months) as adult_months,
            count(*) filter (where bit_count(year_months) >= 10) as long_term,
            count(*) filter (where three >= 3) as three_months,
            count(*) filter (where three >= 6) as six_months,
            count(*) filter (where of_36 >= 27) as very_long_term,
            sum(endings) as endings,
            sum(lasting) as lasting
        from everywhere_household group by period_start, area_code, household_type, cube (sex)
        union all
        select period_start, area_code, coalesce(sex, 'total') as sex,
            'total' as age_band, 'total' as birth_region, 'obstacle_group' as category_axis, obstacle_group as category,
            count(*) filter (where adult_months > 0) as adults,
            count(*) filter (where child_months > 0) as children,
            sum(amount) as amount,
            sum(adult_months) as adult_months,
            count(*) filter (where bit_count(year_months) >= 10) as long_term,
            count(*) filter (where three >= 3) as three_months,
            count(*) filter (where three >= 6) as six_months,
            count(*) filter (where of_36 >= 27) as very_long_term,
            sum(endings) as endings,
            sum(lasting) as lasting
        from everywhere_obstacle group by period_start, area_code, obstacle_group, cube (sex)
    )
select 'adult_recipients' as indicator_id, period_start, area_code, sex, age_band, birth_region,
    category_axis, category, adults as numerator, null as denominator
from cell
union all
select 'amount_per_recipient_month' as indicator_id, period_start, area_code, sex, age_band, birth_region,
    category_axis, category, amount as numerator, adult_months as denominator
from cell
union all
select 'child_recipients' as indicator_id, period_start, area_code, sex, age_band, birth_region,
    category_axis, category, children as numerator, null as denominator
from cell
union all
select 'long_term_recipient_share' as indicator_id, period_start, area_code, sex, age_band, birth_region,
    category_axis, category, long_term as numerator, adults as denominator
from cell
union all
select 'no_return_within_a_year_share' as indicator_id, period_start, area_code, sex, age_band, birth_region,
    category_axis, category, lasting as numerator, endings as denominator
from cell
union all
select 'spell_of_3_months_share' as indicator_id, period_start, area_code, sex, age_band, birth_region,
    category_axis, category, three_months as numerator, adults as denominator
from cell
union all
select 'spell_of_6_months_share' as indicator_id, period_start, area_code, sex, age_band, birth_region,
    category_axis, category, six_months as numerator, adults as denominator
from cell
union all
select 'very_long_term_recipient_share' as indicator_id, period_start, area_code, sex, age_band, birth_region,
    category_axis, category, very_long_term as numerator, adults as denominator
from cell
