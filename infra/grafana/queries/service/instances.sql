-- The targets of the service: those that fail first, then by goroutines.
SELECT instance, last_reason, goroutines, version, last_ok, failures, scrapes, last_error
FROM scrape_health
WHERE service = ${service:singlequote}
ORDER BY last_reason = '', goroutines DESC, instance
LIMIT 500
