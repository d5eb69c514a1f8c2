-- Leaks that the roll-up ticket stands for: open ones for which there was no room, worst first, with the number of all.
SELECT ticket_key, service, fingerprint, told AS goroutines, anomaly, count() OVER () AS leaks
FROM
(
    SELECT ticket_key, service, fingerprint, state, hidden, told, anomaly
    FROM ticket_moves FINAL
    ORDER BY ticket_key, number DESC
    LIMIT 1 BY ticket_key
)
WHERE hidden = 'budget' AND state IN ('new', 'ongoing', 'escalating', 'regressed')
ORDER BY goroutines DESC, ticket_key
LIMIT {limit:UInt32}
