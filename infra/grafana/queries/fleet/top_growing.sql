-- What grows, leak or not, the surest first.
SELECT
    service,
    operation,
    site,
    goroutines,
    growth_per_hour,
    growth_low,
    growth_high,
    concat(toString(growing_instances), ' of ', toString(instances)) AS growing_instances,
    worst_instance,
    state,
    reason,
    first_version,
    first_seen,
    fingerprint
FROM top_growing
WHERE $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(
        service GLOBAL IN (
            SELECT service FROM instances
            WHERE coalesce(nullIf(labels['environment'], ''), nullIf(labels['env'], ''), '(none)') IN (${environment:singlequote})),
        $environment)
    AND growth_per_hour > 0
ORDER BY growth_low DESC, growth_per_hour DESC, service, fingerprint
LIMIT 50
