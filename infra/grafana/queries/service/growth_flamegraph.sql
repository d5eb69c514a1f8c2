-- What the live processes gained since their first scrape in six hours. Where nothing grew, one bar says so.
-- What is narrower than a thousandth of the whole is left out, with all that stands on it: nobody could see it.
SELECT level, label, value, self
FROM
(
    SELECT level, label, value, self, path, max(value) OVER () AS whole
    FROM growth_flamegraph
    WHERE service = ${service:singlequote}
    UNION ALL
    SELECT toInt32(0) AS level, 'no stack of a live process gained goroutines in six hours' AS label, toUInt64(1) AS value, toUInt64(1) AS self, [label] AS path, 1 AS whole
    WHERE (SELECT count() FROM growth_flamegraph WHERE service = ${service:singlequote}) = 0
)
WHERE 1000 * value >= whole
ORDER BY path
