-- Profiles that were taken as evidence and speak of the stack, or why there is none.
WITH reinterpretAsUInt64(reverse(unhex(substring(${fingerprint:singlequote}, 4)))) AS wanted
SELECT taken_at, kind, instance, if(ok, 'kept', reason) AS outcome, goroutines, bytes, version, error
FROM evidence FINAL
WHERE service = ${service:singlequote} AND (fingerprint = wanted OR position(summary, ${fingerprint:singlequote}) > 0)
ORDER BY taken_at DESC, kind
LIMIT 50
