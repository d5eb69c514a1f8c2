-- The scrapes of one service after a slot, as of a position in the log, in the order of the log.
-- log_offset is the offset of the next record (exclusive).
SELECT instance, slot, ok, interval_seconds, labels, process_start, log, log_partition, log_offset
FROM scrapes FINAL
WHERE service = {service:String}
    AND (log != {log:String} OR log_partition != {log_partition:UInt32} OR log_offset < {log_offset:UInt64})
    AND slot > {since:DateTime64(3)}
ORDER BY log = {log:String} AND log_partition = {log_partition:UInt32}, log, log_partition, log_offset, slot, instance
