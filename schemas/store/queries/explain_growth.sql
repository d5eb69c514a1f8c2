-- The newest evaluation of a fingerprint, one row for each service; service '' means every service.
SELECT
    service, slot, goroutines, instances, growing_instances, worst_instance, floor, growth_per_hour, growth_low,
    growth_high, scale_slots, score, findings, candidate, reason, state, since
FROM growth FINAL
WHERE fingerprint = {fingerprint:UInt64} AND ({service:String} = '' OR service = {service:String})
ORDER BY slot DESC, service
LIMIT 1 BY service
