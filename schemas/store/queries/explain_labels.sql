-- The values of the kept pprof labels on one stack of one instance in its newest slot, by key, most goroutines first;
-- so many values of each, the rest as (other).
SELECT
    instance, slot, key,
    if(place > {limit:UInt32} OR label_value = '(other)', '(other)', label_value) AS value,
    toUInt64(sum(held)) AS goroutines
FROM
(
    SELECT
        instance, slot, key, value AS label_value, label_counts.goroutines AS held,
        row_number() OVER (PARTITION BY key ORDER BY value = '(other)', held DESC, value) AS place
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
)
GROUP BY instance, slot, key, value
ORDER BY key, value = '(other)', goroutines DESC, value
