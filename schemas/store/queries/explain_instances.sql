-- A fingerprint on each instance within a window before its newest count: first, lowest, highest and last count, most
-- goroutines first.
SELECT
    instance,
    min(counts.slot) AS first_slot,
    max(counts.slot) AS last_slot,
    argMin(counts.goroutines, counts.slot) AS first_goroutines,
    argMax(counts.goroutines, counts.slot) AS last_goroutines,
    min(counts.goroutines) AS lowest,
    max(counts.goroutines) AS highest
FROM counts FINAL
WHERE service = {service:String}
    AND fingerprint = {fingerprint:UInt64}
    AND counts.slot >
    (
        SELECT max(slot) FROM counts WHERE service = {service:String} AND fingerprint = {fingerprint:UInt64}
    ) - toIntervalSecond({window_seconds:UInt32})
GROUP BY instance
ORDER BY last_goroutines DESC, instance
LIMIT {limit:UInt32}
