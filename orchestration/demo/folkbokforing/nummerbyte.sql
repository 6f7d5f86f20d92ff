select
    '20260110' as _received,
    earlier_number as tidigare_nummer,
    new_number as nytt_nummer,
    changed_on as bytesdag
from number_change
order by bytesdag, tidigare_nummer
