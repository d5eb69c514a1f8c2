-- How much leaks now.
SELECT
    countIf(state = 'firing') AS firing,
    countIf(state = 'pending') AS pending,
    countIf(verdict = 'proven') AS proven,
    uniqExact(service) AS services,
    sum(goroutines) AS goroutines,
    sum(growth_per_hour) AS growth_per_hour
FROM leaks_now
WHERE $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(
        service GLOBAL IN (
            SELECT service FROM instances
            WHERE coalesce(nullIf(labels['environment'], ''), nullIf(labels['env'], ''), '(none)') IN (${environment:singlequote})),
        $environment)
