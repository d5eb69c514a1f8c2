-- The values of the kept pprof labels on one stack of one instance in its newest slot, by key, most goroutines first.
SELECT instance, slot, key, value, goroutines
FROM label_counts FINAL
WHERE service = {service:String}
    AND fingerprint = {fingerprint:UInt64}
    AND instance = {instance:String}
    AND slot =
    (
        SELECT max(counts.slot)
        FROM counts
        WHERE service = {service:String} AND fingerprint = {fingerprint:UInt64} AND instance = {instance:String}
    )
ORDER BY key, goroutines DESC, value
LIMIT {limit:UInt32} BY key
