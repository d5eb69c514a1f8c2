-- What people said of a stack of one service, newest first.
SELECT opinion, reason, given_by, given_at, up_to, expires
FROM verdicts FINAL
WHERE fingerprint = {fingerprint:UInt64} AND service = {service:String}
ORDER BY given_at DESC
LIMIT {limit:UInt32}
