-- What one service was watched for as of a position in the log: the newest evaluation of each stack, where one is open.
SELECT *
FROM
(
    SELECT
        fingerprint, slot, goroutines, instances, growing_instances, worst_instance, floor, growth_per_hour, growth_low,
        growth_high, scale_slots, score, candidate, reason, state, since, held_slots, quiet_slots, peak, told,
        fired
    FROM growth FINAL
    WHERE service = {service:String}
        AND (log != {log:String} OR log_partition != {log_partition:UInt32} OR log_offset < {log_offset:UInt64})
    ORDER BY slot DESC
    LIMIT 1 BY fingerprint
) AS newest
WHERE state != 'inactive' OR since != toDateTime64(0, 3, 'UTC')
ORDER BY fingerprint
