-- Leaks that began to fire or were resolved.
SELECT
    slot AS time,
    concat(
        state, if(verdict = '', '', concat(', ', verdict)), ': ', toString(goroutines), ' goroutines in ', service, ', ',
        concat('g1-', lower(leftPad(hex(anomalies.fingerprint), 16, '0'))), '. ', reason) AS text,
    concat('leak,', state) AS tags
FROM anomalies FINAL
WHERE $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(
        service GLOBAL IN (
            SELECT service FROM instances
            WHERE coalesce(nullIf(labels['environment'], ''), nullIf(labels['env'], ''), '(none)') IN (${environment:singlequote})),
        $environment)
    AND $__timeFilter(slot)
    AND state IN ('firing', 'resolved')
ORDER BY time DESC
LIMIT 200
