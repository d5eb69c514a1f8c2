-- The first slot of one service as of a position in the log; NULL when there is none.
SELECT minOrNull(slot) AS first_slot
FROM scrapes
WHERE service = {service:String}
    AND (log != {log:String} OR log_partition != {log_partition:UInt32} OR log_offset < {log_offset:UInt64})
