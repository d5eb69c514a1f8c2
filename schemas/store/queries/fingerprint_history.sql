-- One stack over time, summed over instances; from (inclusive) and to (exclusive) bound the slots.
SELECT slot, sum(counts.goroutines) AS goroutines, count() AS instances
FROM counts FINAL
WHERE service = {service:String}
    AND fingerprint = {fingerprint:UInt64}
    AND slot >= {from:DateTime64(3, 'UTC')}
    AND slot < {to:DateTime64(3, 'UTC')}
GROUP BY slot
ORDER BY slot
