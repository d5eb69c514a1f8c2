-- The profiles kept as evidence that speak of a stack or were asked for it, in base64, newest first; service '' means
-- every service.
SELECT service, instance, slot, kind, taken_at, base64Encode(profile) AS profile
FROM evidence FINAL
WHERE ({service:String} = '' OR service = {service:String})
    AND ok
    AND
    (
        fingerprint = {fingerprint:UInt64}
        OR position(summary, concat('g1-', lower(leftPad(hex({fingerprint:UInt64}), 16, '0')))) > 0
    )
ORDER BY taken_at DESC, service, instance, kind
LIMIT {limit:UInt32}
