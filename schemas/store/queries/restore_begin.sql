-- The first and the newest slot of one service as of a position in the log, and its longest interval; NULL when there is none.
SELECT minOrNull(slot) AS first_slot, maxOrNull(slot) AS newest_slot, max(interval_seconds) AS interval_seconds
FROM scrapes
WHERE service = {service:String}
    AND (log != {log:String} OR log_partition != {log_partition:UInt32} OR log_offset < {log_offset:UInt64})
