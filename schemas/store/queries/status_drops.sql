-- Attempts that gave no profile within a window before the newest slot, by service and reason, most first.
SELECT service, reason, count() AS scrapes, uniqExact(instance) AS instances, max(slot) AS last_slot
FROM scrapes FINAL
WHERE NOT ok AND slot > (SELECT max(slot) FROM scrapes) - toIntervalSecond({window_seconds:UInt32})
GROUP BY service, reason
ORDER BY scrapes DESC, service, reason
