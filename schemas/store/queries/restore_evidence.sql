-- The evidence of one service as of a position in the log, within a day before the newest, in the order in which it was
-- taken; without the profiles themselves.
SELECT instance, kind, fingerprint, taken_at, summary, log, log_partition, log_offset
FROM evidence FINAL
WHERE service = {service:String}
    AND (log != {log:String} OR log_partition != {log_partition:UInt32} OR log_offset < {log_offset:UInt64})
    AND ok
    AND taken_at >
    (
        SELECT max(taken_at)
        FROM evidence
        WHERE service = {service:String}
            AND (log != {log:String} OR log_partition != {log_partition:UInt32} OR log_offset < {log_offset:UInt64})
            AND ok
    ) - toIntervalDay(1)
ORDER BY taken_at, instance, kind
