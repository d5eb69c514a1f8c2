-- Where all goroutines of the service stand, at the newest scrape of its live instances. A panel without rows could not
-- say what is missing, so one bar does.
-- What is narrower than a thousandth of the whole is left out, with all that stands on it: nobody could see it.
SELECT level, label, value, self
FROM
(
    SELECT level, label, value, self, path, max(value) OVER () AS whole
    FROM flamegraph
    WHERE service = ${service:singlequote}
    UNION ALL
    SELECT toInt32(0) AS level, 'no profile in the newest hour: see the failing targets on the dashboard Fleet' AS label, toUInt64(1) AS value, toUInt64(1) AS self, [label] AS path, 1 AS whole
    WHERE (SELECT count() FROM flamegraph WHERE service = ${service:singlequote}) = 0
)
WHERE 1000 * value >= whole
ORDER BY path
