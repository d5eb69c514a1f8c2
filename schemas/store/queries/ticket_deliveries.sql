-- What was done for one ticket in all sinks, oldest first.
SELECT sink, number, act, status, reference, attempts, detail
FROM tickets FINAL
WHERE ticket_key = {ticket_key:String} AND number > 0
ORDER BY number, sink
