-- Every table with its rows, its bytes on disk, and how long a row is kept, in seconds; 0: for ever. On a cluster the
-- figures are those of the server that is asked.
SELECT
    replaceRegexpOne(name, '_local$', '') AS table,
    multiIf(
        engine_full LIKE '%toIntervalSecond(%', toUInt64OrZero(extract(engine_full, 'toIntervalSecond\\((\\d+)\\)')),
        engine_full LIKE '%toIntervalDay(%', 86400 * toUInt64OrZero(extract(engine_full, 'toIntervalDay\\((\\d+)\\)')),
        0) AS kept_seconds,
    toUInt64(ifNull(total_rows, 0)) AS rows,
    toUInt64(ifNull(total_bytes, 0)) AS bytes
FROM system.tables
WHERE database = currentDatabase() AND engine LIKE '%MergeTree'
ORDER BY table
