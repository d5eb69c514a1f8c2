-- Every change of state of a fingerprint, newest first; service '' means every service.
SELECT
    service, slot, state, previous, verdict, reason, since, goroutines, instances, growing_instances, worst_instance,
    floor, growth_per_hour, growth_low, growth_high, scale_slots, score, findings, first_version, first_seen
FROM anomalies FINAL
WHERE fingerprint = {fingerprint:UInt64} AND ({service:String} = '' OR service = {service:String})
ORDER BY slot DESC, service
LIMIT {limit:UInt32}
