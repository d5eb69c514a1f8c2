-- The stack on each instance; the twenty with the most. No point where an instance gave no profile.
WITH reinterpretAsUInt64(reverse(unhex(substring(${fingerprint:singlequote}, 4)))) AS wanted
SELECT time, instance, goroutines
FROM
(
    SELECT time, instance, goroutines, dense_rank() OVER (ORDER BY highest DESC, instance) AS place
    FROM
    (
        SELECT
            $__timeInterval(slot) AS time,
            instance,
            max(counts.goroutines) AS goroutines,
            max(max(counts.goroutines)) OVER (PARTITION BY instance) AS highest
        FROM counts
        WHERE service = ${service:singlequote} AND fingerprint = wanted AND $__timeFilter(slot)
        GROUP BY time, instance
    )
)
WHERE place <= 20
ORDER BY time, instance
