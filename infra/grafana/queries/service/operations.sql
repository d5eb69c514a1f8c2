-- Goroutines by what they wait on: of each stack the most on each instance in an interval, summed. Up to a day the counts
-- answer, beyond it the totals by the hour, which are kept for longer. A condition that is false reads nothing.
SELECT held.time AS time, if(named.operation = '', '(not known)', named.operation) AS operation, sum(held.goroutines) AS goroutines
FROM
(
    SELECT time, fingerprint, sum(most) AS goroutines
    FROM
    (
        SELECT $__timeInterval(slot) AS time, fingerprint, instance, max(counts.goroutines) AS most
        FROM counts
        WHERE service = ${service:singlequote}
            AND $__timeFilter(slot)
            AND $__toTime - $__fromTime <= 86400
        GROUP BY time, fingerprint, instance
    )
    GROUP BY time, fingerprint
    UNION ALL
    SELECT $__timeInterval(hour) AS time, fingerprint, max(highest) AS goroutines
    FROM counts_hourly FINAL
    WHERE service = ${service:singlequote}
        AND $__timeFilter(hour)
        AND $__toTime - $__fromTime > 86400
    GROUP BY time, fingerprint
) AS held
LEFT JOIN (SELECT fingerprint, operation FROM stacks FINAL WHERE service = ${service:singlequote}) AS named
    ON named.fingerprint = held.fingerprint
GROUP BY time, operation
ORDER BY time, operation
