-- Drawn ten days after each change, as a subscription to the register tells of it.
select
    strftime(changed_on + 10, '%Y%m%d') as _received,
    earlier_number as tidigare_nummer,
    new_number as nytt_nummer,
    changed_on as bytesdag
from number_change
order by bytesdag, tidigare_nummer
