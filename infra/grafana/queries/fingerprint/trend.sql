-- The total by the hour, as long as it is kept: what leaks raises the lowest, what load does raises the highest.
SELECT hour AS time, lowest, average, highest
FROM fingerprint_trend(
    service = ${service:singlequote},
    fingerprint = ${fingerprint:singlequote},
    since = $__fromTime,
    until = $__toTime)
ORDER BY time
