-- chance in [0, 1) that depends on nothing but its arguments, so that any size and
-- any number of
-- threads give the same files
create macro draw(id, salt) as
    cast(md5_number_lower(concat(id, '|', salt)) >> 11 as double) / 9007199254740992;

create macro month_at(i) as cast(date '2023-01-01' + to_months(cast(i as integer)) as date);

create macro month_index(d) as (year(d) - 2023) * 12 + month(d) - 1;

-- history in yearly files; 2025 by month, quarter or half-year
create macro period_by_month(d) as
    case when year(d) < 2025 then cast(year(d) as varchar) else strftime(d, '%Y%m') end;

create macro period_by_quarter(d) as
    case when year(d) < 2025 then cast(year(d) as varchar) else concat(year(d), 'K', quarter(d)) end;

create macro period_by_half(d) as
    case
        when year(d) < 2025
        then cast(year(d) as varchar)
        else concat(year(d), 'H', case when month(d) <= 6 then 1 else 2 end)
    end;

-- last month of the file that holds a day
create macro period_end(d, months) as
    case
        when year(d) < 2025
        then make_date(year(d), 12, 1)
        else make_date(2025, cast(ceil(month(d) / months) as integer) * months, 1)
    end;

-- drawn on the day_of_month of the later_by-th month after the file's last
create macro received(d, months, later_by, day_of_month) as
    strftime(period_end(d, months) + to_months(later_by) + to_days(day_of_month - 1), '%Y%m%d');

create macro hyphened(number) as
    case
        when regexp_full_match(number, '\d{12}')
        then concat(substr(number, 1, 8), '-', substr(number, 9))
        else number
    end;

-- 10 digits; + instead of - from the year in which the person turns 100
create macro ten_digits(number, in_year) as
    case
        when regexp_full_match(number, '\d{12}')
        then
            concat(
                substr(number, 3, 6),
                case
                    when in_year - cast(substr(number, 1, 4) as integer) >= 100 then '+' else '-'
                end,
                substr(number, 9)
            )
        else number
    end;

-- hours as 7:30
create macro clock(hours) as
    cast(cast(floor(hours) as integer) as varchar)
    || ':'
    || lpad(cast(cast(round((hours - floor(hours)) * 60) as integer) as varchar), 2, '0');
