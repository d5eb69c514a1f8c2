-- The stack by the version that the instances ran: does it come with a deploy?
WITH reinterpretAsUInt64(reverse(unhex(substring(${fingerprint:singlequote}, 4)))) AS wanted
SELECT time, if(version = '', '(none)', version) AS version, sum(most) AS goroutines
FROM
(
    SELECT $__timeInterval(c.slot) AS time, s.version AS version, c.instance AS instance, max(c.goroutines) AS most
    FROM
    (
        SELECT instance, slot, goroutines
        FROM counts
        WHERE service = ${service:singlequote} AND fingerprint = wanted AND $__timeFilter(slot)
    ) AS c
    INNER JOIN
    (
        SELECT instance, slot, version
        FROM scrapes FINAL
        WHERE service = ${service:singlequote} AND $__timeFilter(slot) AND ok
    ) AS s ON s.instance = c.instance AND s.slot = c.slot
    GROUP BY time, version, instance
)
GROUP BY time, version
ORDER BY time, version
