-- Targets whose newest scrape failed, those that fail longest first.
SELECT service, instance, last_reason, last_error, last_ok, 100 * failures / scrapes AS failed_percent, version
FROM scrape_health
WHERE $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(
        service GLOBAL IN (
            SELECT service FROM instances
            WHERE coalesce(nullIf(labels['environment'], ''), nullIf(labels['env'], ''), '(none)') IN (${environment:singlequote})),
        $environment)
    AND last_reason != ''
ORDER BY last_ok, service, instance
LIMIT 500
