-- The twelve real downloads: every month from January 2014, as far as it was
-- published by then.
with
    vintage as (
        select *
        from
            read_csv(
                getvariable('figures') || '/socialstyrelsen_vintages.csv',
                header = true,
                types = {'vintage':'varchar'}
            )
    ),

    figure as (
        select *
        from
            read_csv(
                getvariable('figures') || '/socialstyrelsen_dalarna.csv',
                header = true,
                types = {'first_seen':'varchar'}
            )
    ),

    listed as (
        select
            vintage.vintage,
            cast(y.year_no as integer) as year_no,
            cast(m.month_no as integer) as month_no
        from vintage
        cross join range(2014, 2026) as y(year_no)
        cross join range(1, 13) as m(month_no)
        where y.year_no <= vintage.last_year
    )

select
    listed.vintage as _received,
    'Ekonomiskt bistånd, Dalarnas län' as _title,
    -- a text cell in the downloads
    cast(listed.year_no as varchar) as ar,
    lpad(cast(listed.month_no as varchar), 2, '0') as manad,
    figure.households as hushall,
    figure.paid_tsek as utbetalt
from listed
left join
    figure
    on listed.year_no = figure.year
    and listed.month_no = figure.month
    and figure.first_seen <= listed.vintage
qualify
    row_number() over (
        partition by listed.vintage, listed.year_no, listed.month_no
        order by figure.first_seen desc nulls last
    )
    = 1
order by _received, listed.year_no, listed.month_no
