-- The recent scrapes of one service as of a position in the log: what a processor had seen when it stood there.
-- log_offset is the offset of the next record (exclusive); slots is the length of the history, in intervals.
WITH
    (
        SELECT (max(slot), max(interval_seconds))
        FROM scrapes
        WHERE service = {service:String}
            AND (log != {log:String} OR log_partition != {log_partition:UInt32} OR log_offset < {log_offset:UInt64})
    ) AS newest
SELECT instance, slot, ok, goroutines, life, interval_seconds, version
FROM scrapes FINAL
WHERE service = {service:String}
    AND (log != {log:String} OR log_partition != {log_partition:UInt32} OR log_offset < {log_offset:UInt64})
    AND slot > newest.1 - toIntervalMillisecond(toInt64(1000 * newest.2 * {slots:UInt32}))
    AND slot > newest.1 - toIntervalMillisecond(toInt64(1000 * interval_seconds * {slots:UInt32}))
ORDER BY slot, instance
