-- The stack in one line: is it a leak, how bad, since when, since which deploy, where, and who knows.
WITH reinterpretAsUInt64(reverse(unhex(substring(${fingerprint:singlequote}, 4)))) AS wanted
SELECT
    if(l.state = '', 'no open leak', l.state) AS state,
    l.verdict AS verdict,
    s.operation AS operation,
    if(g.slot = 0, h.goroutines, toUInt64(g.goroutines)) AS goroutines,
    if(g.slot = 0, NULL, g.growth_per_hour) AS growth_per_hour,
    concat(toString(round(g.growth_low, 1)), ' to ', toString(round(g.growth_high, 1))) AS growth_interval,
    concat(toString(g.growing_instances), ' of ', toString(g.instances)) AS growing_instances,
    g.worst_instance AS worst_instance,
    s.first_version AS first_version,
    s.first_seen AS first_seen,
    if(l.state = '', NULL, l.since) AS since,
    h.last_seen AS last_seen,
    if(t.tickets = '', 'none', t.tickets) AS tickets
FROM
(
    SELECT operation, first_version, first_seen
    FROM stacks FINAL
    WHERE service = ${service:singlequote} AND fingerprint = wanted
) AS s
LEFT JOIN (SELECT * FROM leaks_now WHERE service = ${service:singlequote} AND fingerprint = ${fingerprint:singlequote}) AS l ON 1
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
    SELECT maxIf(newest, held > 0) AS last_seen, sum(held) AS goroutines
    FROM
    (
        SELECT instance, max(slot) AS newest, argMax(counts.goroutines, slot) AS held
        FROM counts
        WHERE service = ${service:singlequote} AND fingerprint = wanted
            AND slot > (SELECT max(slot) - toIntervalHour(1) FROM counts WHERE service = ${service:singlequote} AND fingerprint = wanted)
        GROUP BY instance
    )
) AS h ON 1
LEFT JOIN
(
    SELECT arrayStringConcat(arraySort(groupArray(concat(sink, ': ', intent, ', ', status))), '; ') AS tickets
    FROM
    (
        SELECT sink, intent, status
        FROM tickets FINAL
        WHERE service = ${service:singlequote} AND fingerprint = wanted
        ORDER BY slot DESC
        LIMIT 1 BY sink
    )
) AS t ON 1
