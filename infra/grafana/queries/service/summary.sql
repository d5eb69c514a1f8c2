-- The service in one line: what runs, how much of it, and what leaks.
SELECT
    health.goroutines AS goroutines,
    leaks.firing AS firing,
    leaks.pending AS pending,
    leaks.growth_per_hour AS growth_per_hour,
    concat(toString(health.answering), ' of ', toString(health.targets)) AS answering,
    health.versions AS versions,
    if(health.newest = 0, NULL, dateDiff('second', health.newest, now('UTC'))) AS age_seconds
FROM
(
    SELECT
        sumIf(goroutines, last_reason = '') AS goroutines,
        count() AS targets,
        countIf(last_reason = '') AS answering,
        arrayStringConcat(arraySort(groupUniqArrayIf(version, last_reason = '')), ', ') AS versions,
        max(last_ok) AS newest
    FROM scrape_health
    WHERE service = ${service:singlequote}
) AS health
CROSS JOIN
(
    SELECT
        countIf(state = 'firing') AS firing,
        countIf(state = 'pending') AS pending,
        sum(growth_per_hour) AS growth_per_hour
    FROM leaks_now
    WHERE service = ${service:singlequote}
) AS leaks
