-- Goroutines of each service: the most of each instance in an interval, summed. The fifteen largest, the rest together.
-- max() is blind to rows that came twice, so no FINAL is needed.
SELECT time, if(place <= 15, owner, '(others)') AS service, sum(held) AS goroutines
FROM
(
    SELECT time, owner, held, dense_rank() OVER (ORDER BY highest DESC, owner) AS place
    FROM
    (
        SELECT time, owner, sum(most) AS held, max(held) OVER (PARTITION BY owner) AS highest
        FROM
        (
            SELECT $__timeInterval(slot) AS time, service AS owner, instance, max(goroutines) AS most
            FROM scrapes
            WHERE $__conditionalAll(service IN (${service:singlequote}), $service)
                AND $__conditionalAll(
                    service GLOBAL IN (
                        SELECT service FROM instances
                        WHERE coalesce(nullIf(labels['environment'], ''), nullIf(labels['env'], ''), '(none)') IN (${environment:singlequote})),
                    $environment)
                AND $__timeFilter(slot)
                AND ok
            GROUP BY time, owner, instance
        )
        GROUP BY time, owner
    )
)
GROUP BY time, service
ORDER BY time, service
