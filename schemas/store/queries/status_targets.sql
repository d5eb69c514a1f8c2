-- Every instance somebody tried to scrape within the newest day; service '' means every service.
SELECT service, instance, last_slot, last_ok, last_reason, last_error, scrapes, failures, goroutines, version
FROM scrape_health
WHERE {service:String} = '' OR service = {service:String}
ORDER BY service, instance
