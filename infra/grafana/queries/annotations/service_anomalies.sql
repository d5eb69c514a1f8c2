-- Leaks of the service that changed their state.
SELECT
    slot AS time,
    concat(
        state, if(verdict = '', '', concat(', ', verdict)), ': ', toString(goroutines), ' goroutines in ', service, ', ',
        concat('g1-', lower(leftPad(hex(anomalies.fingerprint), 16, '0'))), '. ', reason) AS text,
    concat('leak,', state) AS tags
FROM anomalies FINAL
WHERE service = ${service:singlequote} AND $__timeFilter(slot)
ORDER BY time DESC
LIMIT 200
