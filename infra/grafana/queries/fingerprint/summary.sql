-- The stack in one line: is it a leak, what it waits on, how bad it is, and where.
WITH reinterpretAsUInt64(reverse(unhex(substring(${fingerprint:singlequote}, 4)))) AS wanted
SELECT
    if(l.state = '', 'no open leak', l.state) AS state,
    l.verdict AS verdict,
    s.operation AS operation,
    if(g.slot = 0, h.goroutines, toUInt64(g.goroutines)) AS goroutines,
    if(g.slot = 0, NULL, g.growth_per_hour) AS growth_per_hour,
    if(g.slot = 0, 'never evaluated',
        concat(toString(round(g.growth_low, 1)), ' to ', toString(round(g.growth_high, 1)))) AS growth_interval,
    if(g.slot = 0, '', concat(toString(g.growing_instances), ' of ', toString(g.instances))) AS growing_instances,
    g.worst_instance AS worst_instance
FROM (SELECT operation FROM stacks FINAL WHERE service = ${service:singlequote} AND fingerprint = wanted) AS s
LEFT JOIN
(
    SELECT state, verdict
    FROM leaks_now
    WHERE service = ${service:singlequote} AND fingerprint = ${fingerprint:singlequote}
) AS l ON 1
LEFT JOIN
(
    SELECT *
    FROM growth FINAL
    WHERE service = ${service:singlequote} AND fingerprint = wanted
    ORDER BY slot DESC
    LIMIT 1
) AS g ON 1
LEFT JOIN
(
    SELECT sum(held) AS goroutines
    FROM
    (
        SELECT argMax(counts.goroutines, slot) AS held
        FROM counts
        WHERE service = ${service:singlequote}
            AND fingerprint = wanted
            AND slot >
            (
                SELECT max(slot) - toIntervalHour(1)
                FROM counts
                WHERE service = ${service:singlequote} AND fingerprint = wanted
            )
        GROUP BY instance
    )
) AS h ON 1
