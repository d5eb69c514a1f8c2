-- All decisions on one ticket, oldest first.
SELECT
    ticket_key, number, service, fingerprint, generation, state, act, reason, at, seen, opened_at, changed_at, closed_at,
    closed_by, fixed_in, above, told, shown, hidden, anomaly, log_partition
FROM ticket_moves FINAL
WHERE ticket_key = {ticket_key:String}
ORDER BY number
