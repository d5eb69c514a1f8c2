-- The newest versions of a service, oldest first: since when each is known, and within a window before the newest scrape
-- on how many of its instances a stack rose, in each process for itself, and by how much in all. No instances: it ran
-- before the window.
SELECT
    known.version AS version,
    known.begun AS begun,
    found.instances AS instances,
    found.growing_instances AS growing_instances,
    found.gained AS gained
FROM
(
    SELECT version, min(life) AS begun
    FROM instances FINAL
    WHERE service = {service:String}
    GROUP BY version
    ORDER BY begun DESC
    LIMIT {limit:UInt32}
) AS known
LEFT JOIN
(
    SELECT
        version,
        uniqExact(instance) AS instances,
        uniqExactIf(instance, last > first) AS growing_instances,
        toUInt64(sum(greatest(last - first, 0))) AS gained
    FROM
    (
        SELECT
            s.version AS version,
            s.instance AS instance,
            s.life AS life,
            toInt64(argMin(c.held, s.slot)) AS first,
            toInt64(argMax(c.held, s.slot)) AS last
        FROM
        (
            SELECT instance, slot, version, life
            FROM scrapes FINAL
            WHERE service = {service:String}
                AND ok
                AND slot > (SELECT max(slot) FROM scrapes WHERE service = {service:String})
                    - toIntervalSecond({window_seconds:UInt32})
        ) AS s
        LEFT JOIN
        (
            SELECT instance, slot, goroutines AS held
            FROM counts FINAL
            WHERE service = {service:String} AND fingerprint = {fingerprint:UInt64}
        ) AS c ON c.instance = s.instance AND c.slot = s.slot
        GROUP BY version, instance, life
    )
    GROUP BY version
) AS found ON found.version = known.version
ORDER BY begun, version
