-- The newest good scrape of one instance, and how a stack stood in its process: its goroutines then, and what it gained
-- within a window before.
SELECT
    s.instance AS instance,
    s.slot AS slot,
    s.version AS version,
    s.labels AS labels,
    s.all_goroutines AS process_goroutines,
    s.life AS life,
    toUInt64(argMax(c.held, c.at)) AS goroutines,
    greatest(toInt64(argMax(c.held, c.at)) - toInt64(argMin(c.held, c.at)), 0) AS gained
FROM
(
    SELECT instance, slot, version, labels, goroutines AS all_goroutines, life
    FROM scrapes FINAL
    WHERE service = {service:String} AND instance = {instance:String} AND ok
    ORDER BY slot DESC
    LIMIT 1
) AS s
LEFT JOIN
(
    SELECT instance, slot AS at, goroutines AS held
    FROM counts FINAL
    WHERE service = {service:String} AND fingerprint = {fingerprint:UInt64} AND instance = {instance:String}
) AS c ON c.instance = s.instance
WHERE c.at >= s.life AND c.at > s.slot - toIntervalSecond({window_seconds:UInt32}) AND c.at <= s.slot
GROUP BY instance, slot, version, labels, process_goroutines, life
