-- Who holds it: values of the pprof labels that the settings keep, at the newest slot that has any.
WITH reinterpretAsUInt64(reverse(unhex(substring(${fingerprint:singlequote}, 4)))) AS wanted
SELECT key, value, sum(goroutines) AS goroutines
FROM label_counts FINAL
WHERE service = ${service:singlequote} AND fingerprint = wanted
    AND slot = (SELECT max(slot) FROM label_counts WHERE service = ${service:singlequote} AND fingerprint = wanted)
GROUP BY key, value
ORDER BY goroutines DESC, key, value
LIMIT 50
