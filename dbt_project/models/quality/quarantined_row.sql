select
    quarantined_row.delivery_id,
    delivery.source_name,
    delivery.table_name,
    delivery.file_name,
    quarantined_row.row_number,
    quarantined_row.column_name,
    quarantined_row.reason
from raw.log.quarantined_row as quarantined_row
inner join
    raw.log.delivery as delivery on quarantined_row.delivery_id = delivery.delivery_id
where {{ is_counted("delivery") }}
