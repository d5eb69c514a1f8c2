-- What was asked of one service as of a position in the log, within a week before the newest request, in order.
SELECT fingerprint, instance, slot, kinds
FROM evidence_requests FINAL
WHERE service = {service:String}
    AND (log != {log:String} OR log_partition != {log_partition:UInt32} OR log_offset < {log_offset:UInt64})
    AND slot >
    (
        SELECT max(slot)
        FROM evidence_requests
        WHERE service = {service:String}
            AND (log != {log:String} OR log_partition != {log_partition:UInt32} OR log_offset < {log_offset:UInt64})
    ) - toIntervalDay(7)
ORDER BY slot, fingerprint
