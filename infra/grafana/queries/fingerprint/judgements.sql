-- The newest judgements, and why each was made.
WITH reinterpretAsUInt64(reverse(unhex(substring(${fingerprint:singlequote}, 4)))) AS wanted
SELECT
    slot AS time, state, candidate, goroutines, floor, growth_per_hour, growth_low, growth_high, score, reason
FROM growth FINAL
WHERE service = ${service:singlequote} AND fingerprint = wanted AND $__timeFilter(slot)
ORDER BY time DESC
LIMIT 100
