-- The newest change of state of each stack of one service as of a position in the log.
SELECT fingerprint, slot, state, previous, verdict, reason, since, first_version, first_seen
FROM anomalies FINAL
WHERE service = {service:String} AND log_partition = {log_partition:UInt32} AND log_offset < {log_offset:UInt64}
ORDER BY slot DESC
LIMIT 1 BY fingerprint
