-- The outbox: tickets that were intended and have not arrived, oldest first.
SELECT ticket_key, sink, service, fingerprint, intent, slot, status, detail, updated_at
FROM tickets FINAL
WHERE status = 'intended'
ORDER BY slot, ticket_key, sink
