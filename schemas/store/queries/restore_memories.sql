-- The newest snapshots of one service as of a position in the log, the newest first.
SELECT slot, state
FROM memories FINAL
WHERE service = {service:String}
    AND (log != {log:String} OR log_partition != {log_partition:UInt32} OR log_offset < {log_offset:UInt64})
ORDER BY slot DESC
LIMIT 3
