-- What changed its state within the time on the dashboard, the newest first.
SELECT
    slot AS time,
    service,
    previous,
    state,
    verdict,
    goroutines,
    growth_per_hour,
    first_version,
    reason,
    concat('g1-', lower(leftPad(hex(anomalies.fingerprint), 16, '0'))) AS fingerprint
FROM anomalies FINAL
WHERE $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(
        service GLOBAL IN (
            SELECT service FROM instances
            WHERE coalesce(nullIf(labels['environment'], ''), nullIf(labels['env'], ''), '(none)') IN (${environment:singlequote})),
        $environment)
    AND $__timeFilter(slot)
ORDER BY time DESC, service, fingerprint
LIMIT 200
