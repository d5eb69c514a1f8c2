-- Since which deploy and since when the stack is there, when it was seen last, and who was told.
WITH reinterpretAsUInt64(reverse(unhex(substring(${fingerprint:singlequote}, 4)))) AS wanted
SELECT
    if(s.first_version = '', '(none)', s.first_version) AS first_version,
    s.first_seen AS first_seen,
    if(l.state = '', NULL, l.since) AS since,
    if(h.last_seen = 0, NULL, h.last_seen) AS last_seen,
    if(t.tickets = '', 'none', t.tickets) AS tickets
FROM
(
    SELECT first_version, first_seen
    FROM stacks FINAL
    WHERE service = ${service:singlequote} AND fingerprint = wanted
) AS s
LEFT JOIN
(
    SELECT state, since
    FROM leaks_now
    WHERE service = ${service:singlequote} AND fingerprint = ${fingerprint:singlequote}
) AS l ON 1
LEFT JOIN
(
    SELECT maxIf(slot, counts.goroutines > 0) AS last_seen
    FROM counts
    WHERE service = ${service:singlequote} AND fingerprint = wanted
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
