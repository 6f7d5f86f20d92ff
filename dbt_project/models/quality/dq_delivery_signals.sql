select
    delivery.delivery_id,
    delivery.source_name,
    delivery.table_name,
    delivery.file_name,
    delivery.area_code,
    delivery.period_start,
    delivery.period_end,
    delivery.received_at,
    delivery_signal.signal,
    delivery_signal.value,
    delivery_signal.upper_limit,
    case
        when delivery_signal.signal is null
        then 'the delivery was not measured'
        when delivery_signal.value > delivery_signal.upper_limit
        then 'above the limit of its contract'
    end as violation
from raw.log.delivery as delivery
left join
    raw.log.delivery_signal as delivery_signal
    on delivery.delivery_id = delivery_signal.delivery_id
where {{ is_counted("delivery") }} and delivery.loaded_at is not null
