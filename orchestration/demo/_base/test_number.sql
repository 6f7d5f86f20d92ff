-- Skatteverket's test numbers: the only numbers that occur in the demo
select
    number,
    case
        when cast(substr(number, 7, 2) as integer) >= 60
        then 'samordningsnummer'
        else 'personnummer'
    end as kind,
    case
        when cast(substr(number, 11, 1) as integer) % 2 = 0 then 'women' else 'men'
    end as sex,
    cast(substr(number, 1, 4) as integer) as birth_year,
    nullif(cast(substr(number, 5, 2) as integer), 0) as birth_month
from
    read_csv(
        getvariable('figures') || '/test_numbers.csv', header = true, all_varchar = true
    )
