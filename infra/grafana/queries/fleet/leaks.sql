-- Every leak that is open now, the worst first.
SELECT
    state,
    verdict,
    service,
    operation,
    site,
    goroutines,
    growth_per_hour,
    growth_low,
    growth_high,
    since,
    first_version,
    concat(toString(growing_instances), ' of ', toString(instances)) AS growing_instances,
    worst_instance,
    reason,
    fingerprint
FROM leaks_now
WHERE $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(
        service GLOBAL IN (
            SELECT service FROM instances
            WHERE coalesce(nullIf(labels['environment'], ''), nullIf(labels['env'], ''), '(none)') IN (${environment:singlequote})),
        $environment)
ORDER BY state = 'firing' DESC, growth_low DESC, service, fingerprint
LIMIT 500
