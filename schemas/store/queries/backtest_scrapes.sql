-- The scrapes of one service after `from` up to `to` with their counts, by slot and instance; a zero says that a stack is gone.
SELECT
    s.instance AS instance, s.slot AS slot, s.ok AS ok, s.interval_seconds AS interval_seconds, s.labels AS labels,
    s.process_start AS process_start, c.fingerprints AS fingerprints, c.goroutines AS goroutines
FROM
(
    SELECT instance, slot, ok, interval_seconds, labels, process_start
    FROM scrapes FINAL
    WHERE service = {service:String} AND slot > {from:DateTime64(3)} AND slot <= {to:DateTime64(3)}
) AS s
LEFT JOIN
(
    SELECT instance, slot, groupArray(fingerprint) AS fingerprints, groupArray(counts.goroutines) AS goroutines
    FROM counts FINAL
    WHERE service = {service:String} AND slot > {from:DateTime64(3)} AND slot <= {to:DateTime64(3)}
    GROUP BY instance, slot
) AS c USING (instance, slot)
ORDER BY slot, instance
