-- How old the newest profile of each service is, the oldest first.
SELECT
    service,
    if(max(last_ok) = 0, NULL, dateDiff('second', max(last_ok), now('UTC'))) AS age_seconds,
    count() AS targets,
    countIf(last_reason = '') AS answering,
    arrayStringConcat(arraySort(groupUniqArray(version)), ', ') AS versions
FROM scrape_health
WHERE $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(
        service GLOBAL IN (
            SELECT service FROM instances
            WHERE coalesce(nullIf(labels['environment'], ''), nullIf(labels['env'], ''), '(none)') IN (${environment:singlequote})),
        $environment)
GROUP BY service
ORDER BY max(last_ok), service
LIMIT 500
