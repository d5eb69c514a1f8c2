-- All goroutines of each instance: is it one, or all of them? The ten largest.
SELECT time, instance, goroutines
FROM
(
    SELECT time, instance, goroutines, dense_rank() OVER (ORDER BY highest DESC, instance) AS place
    FROM
    (
        SELECT
            $__timeInterval(slot) AS time,
            instance,
            max(scrapes.goroutines) AS goroutines,
            max(max(scrapes.goroutines)) OVER (PARTITION BY instance) AS highest
        FROM scrapes
        WHERE service = ${service:singlequote} AND $__timeFilter(slot) AND ok
        GROUP BY time, instance
    )
)
WHERE place <= 10
ORDER BY time, instance
