-- What the answer rests on: targets, those that fail now, the age of what is oldest, tickets that did not arrive.
SELECT
    sum(targets) AS targets,
    sum(failing) AS failing,
    countIf(newest = 0) AS silent_services,
    maxIf(dateDiff('second', newest, now('UTC')), newest > 0) AS oldest_seconds,
    (
        SELECT count()
        FROM tickets FINAL
        WHERE status IN ('intended', 'parked')
            AND $__conditionalAll(service IN (${service:singlequote}), $service)
            AND $__conditionalAll(
                service GLOBAL IN (
                    SELECT service FROM instances
                    WHERE coalesce(nullIf(labels['environment'], ''), nullIf(labels['env'], ''), '(none)') IN (${environment:singlequote})),
                $environment)
    ) AS tickets_waiting
FROM
(
    SELECT service, count() AS targets, countIf(last_reason != '') AS failing, max(last_ok) AS newest
    FROM scrape_health
    WHERE $__conditionalAll(service IN (${service:singlequote}), $service)
        AND $__conditionalAll(
            service GLOBAL IN (
                SELECT service FROM instances
                WHERE coalesce(nullIf(labels['environment'], ''), nullIf(labels['env'], ''), '(none)') IN (${environment:singlequote})),
            $environment)
    GROUP BY service
)
