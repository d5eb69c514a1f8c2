-- What evidence was taken that speaks of a stack, or was asked for it and not given; newest first.
SELECT
    instance, slot, kind, taken_at, ok, reason, error, goroutines, bytes, summary
FROM evidence FINAL
WHERE service = {service:String}
    AND
    (
        fingerprint = {fingerprint:UInt64}
        OR position(summary, concat('g1-', lower(leftPad(hex({fingerprint:UInt64}), 16, '0')))) > 0
    )
ORDER BY taken_at DESC, kind, instance
LIMIT {limit:UInt32}
