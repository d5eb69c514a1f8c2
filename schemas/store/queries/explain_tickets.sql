-- The newest word of each sink on the ticket of a leak.
SELECT sink, intent, status, detail, slot
FROM tickets FINAL
WHERE service = {service:String} AND fingerprint = {fingerprint:UInt64}
ORDER BY slot DESC, sink
LIMIT 1 BY sink
