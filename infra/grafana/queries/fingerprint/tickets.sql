-- The tickets of the stack: what each shall show, and whether it arrived.
WITH reinterpretAsUInt64(reverse(unhex(substring(${fingerprint:singlequote}, 4)))) AS wanted
SELECT slot AS time, sink, intent, status, detail, updated_at
FROM tickets FINAL
WHERE service = ${service:singlequote} AND fingerprint = wanted
ORDER BY time DESC, sink
LIMIT 50
