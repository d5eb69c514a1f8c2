-- The stack behind a fingerprint, one row for each service that shows it; service '' means every service.
SELECT
    service,
    concat('g1-', lower(leftPad(hex(stacks.fingerprint), 16, '0'))) AS fingerprint,
    operation, site, origin, frames, own, first_seen, first_version, first_instance
FROM stacks FINAL
WHERE stacks.fingerprint = {fingerprint:UInt64} AND ({service:String} = '' OR service = {service:String})
ORDER BY service
