-- Everything that was ever decided of the stack, the newest first.
WITH reinterpretAsUInt64(reverse(unhex(substring(${fingerprint:singlequote}, 4)))) AS wanted
SELECT slot AS time, previous, state, verdict, goroutines, growth_per_hour, first_version, reason
FROM anomalies FINAL
WHERE service = ${service:singlequote} AND fingerprint = wanted
ORDER BY time DESC
LIMIT 100
