-- What processes said of their memory that were read for a stack of one service, newest first; without the profiles.
SELECT instance, kind, fingerprint, taken_at, summary
FROM evidence FINAL
WHERE service = {service:String} AND fingerprint = {fingerprint:UInt64} AND kind = 'heap' AND ok
ORDER BY taken_at DESC, instance
LIMIT {limit:UInt32}
