-- Every table with its rows, its bytes on disk, and how long a row is kept, in seconds; 0: for ever. On a cluster the
-- figures are those of the server that is asked.
SELECT
    replaceRegexpOne(name, '_local$', '') AS table,
    multiIf(
        position(engine_full, 'toIntervalSecond(') > 0, toUInt64OrZero(extract(engine_full, 'toIntervalSecond\\((\\d+)\\)')),
        position(engine_full, 'toIntervalDay(') > 0, 86400 * toUInt64OrZero(extract(engine_full, 'toIntervalDay\\((\\d+)\\)')),
        0) AS kept_seconds,
    toUInt64(ifNull(total_rows, 0)) AS rows,
    toUInt64(ifNull(total_bytes, 0)) AS bytes
FROM system.tables
WHERE database = currentDatabase() AND endsWith(engine, 'MergeTree')
ORDER BY table
