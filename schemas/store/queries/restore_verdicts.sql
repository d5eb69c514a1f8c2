-- What people said of the stacks of one service as of a position in the log, in the order of the log.
SELECT service, fingerprint, opinion, reason, given_by, given_at, up_to, expires, log, log_partition, log_offset
FROM verdicts FINAL
WHERE service = {service:String}
    AND (log != {log:String} OR log_partition != {log_partition:UInt32} OR log_offset < {log_offset:UInt64})
ORDER BY log = {log:String} AND log_partition = {log_partition:UInt32}, given_at, log_offset
