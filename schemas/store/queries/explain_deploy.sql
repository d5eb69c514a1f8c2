-- What else came and went with a version of a service: stacks that were seen first in it, and stacks that were there
-- within a window before it began and are in no profile of it. So many of each, the largest first; `changes` counts all.
WITH
    (
        SELECT min(life) FROM instances WHERE service = {service:String} AND version = {version:String}
    ) AS begun,
    version_counts AS
    (
        SELECT c.fingerprint AS fingerprint, max(c.held) AS goroutines
        FROM
        (
            SELECT fingerprint, instance, slot, goroutines AS held
            FROM counts FINAL
            WHERE service = {service:String} AND slot >= begun
                AND slot < begun + toIntervalSecond({window_seconds:UInt32})
        ) AS c
        INNER JOIN
        (
            SELECT instance, slot FROM scrapes FINAL
            WHERE service = {service:String} AND version = {version:String} AND slot >= begun
                AND slot < begun + toIntervalSecond({window_seconds:UInt32})
        ) AS s ON s.instance = c.instance AND s.slot = c.slot
        WHERE c.held > 0
        GROUP BY fingerprint
    ),
    before_counts AS
    (
        SELECT counts.fingerprint AS fingerprint, max(counts.goroutines) AS goroutines
        FROM counts FINAL
        WHERE service = {service:String} AND counts.slot < begun
            AND counts.slot >= begun - toIntervalSecond({window_seconds:UInt32}) AND counts.goroutines > 0
        GROUP BY fingerprint
    ),
    changed AS
    (
        SELECT 'new' AS change, stacks.fingerprint AS identity, version_counts.goroutines AS held
        FROM stacks FINAL
        GLOBAL LEFT JOIN version_counts ON version_counts.fingerprint = stacks.fingerprint
        WHERE stacks.service = {service:String} AND stacks.first_version = {version:String}
        UNION ALL
        SELECT 'gone' AS change, before_counts.fingerprint AS identity, before_counts.goroutines AS held
        FROM before_counts
        WHERE before_counts.fingerprint GLOBAL NOT IN (SELECT fingerprint FROM version_counts)
    )
SELECT
    w.change AS change,
    concat('g1-', lower(leftPad(hex(w.identity), 16, '0'))) AS fingerprint,
    named.operation AS operation,
    named.site AS site,
    toUInt64(w.held) AS goroutines,
    toUInt64(count() OVER (PARTITION BY w.change)) AS changes
FROM changed AS w
LEFT JOIN (SELECT fingerprint AS identity, operation, site FROM stacks FINAL WHERE service = {service:String}) AS named
    ON named.identity = w.identity
WHERE w.identity != {fingerprint:UInt64}
ORDER BY change DESC, goroutines DESC, fingerprint
LIMIT {limit:UInt32} BY change
