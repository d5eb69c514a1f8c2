-- The counts of one service in the scrapes that restore_lives.sql gives and that were ok; same parameters.
WITH
    (
        SELECT (max(slot), max(interval_seconds))
        FROM scrapes
        WHERE service = {service:String}
            AND (log != {log:String} OR log_partition != {log_partition:UInt32} OR log_offset < {log_offset:UInt64})
    ) AS newest
SELECT instance, fingerprint, slot, goroutines
FROM counts FINAL
WHERE service = {service:String}
    AND slot > newest.1 - toIntervalMillisecond(toInt64(1000 * newest.2 * {slots:UInt32}))
    AND (instance, slot) IN
    (
        SELECT instance, slot
        FROM scrapes FINAL
        WHERE service = {service:String}
            AND (log != {log:String} OR log_partition != {log_partition:UInt32} OR log_offset < {log_offset:UInt64})
            AND ok
            AND slot > newest.1 - toIntervalMillisecond(toInt64(1000 * newest.2 * {slots:UInt32}))
            AND slot > newest.1 - toIntervalMillisecond(toInt64(1000 * interval_seconds * {slots:UInt32}))
    )
ORDER BY fingerprint, instance, slot
