-- Tickets of a partition that time or people may change, or whose newest decision was not told to every sink yet.
SELECT ticket_key, number
FROM
(
    SELECT ticket_key, number, state, hidden, shown, act, changed_at, log_partition
    FROM ticket_moves FINAL
    ORDER BY ticket_key, number DESC
    LIMIT 1 BY ticket_key
) AS newest
LEFT JOIN
(
    SELECT ticket_key, number, count() AS sinks, countIf(status = 'intended') AS waiting
    FROM tickets FINAL
    WHERE number > 0
    GROUP BY ticket_key, number
) AS told USING (ticket_key, number)
WHERE log_partition % {partitions:UInt32} = {partition:UInt32}
    AND (
        state NOT IN ('closed', 'archived', 'wont_fix')
        OR hidden != ''
        OR shown = 'shut' AND changed_at > {since:DateTime64(3)}
        OR act != 'nothing' AND (sinks = 0 OR waiting > 0)
    )
ORDER BY ticket_key
