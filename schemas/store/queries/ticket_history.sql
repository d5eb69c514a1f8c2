-- What was done for one ticket in all sinks, oldest first.
SELECT sink, slot, intent, status, detail
FROM tickets FINAL
WHERE ticket_key = {ticket_key:String}
ORDER BY slot, sink
