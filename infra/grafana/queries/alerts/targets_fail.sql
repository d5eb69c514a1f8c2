-- The part of the targets of each service whose newest scrape failed, in percent.
SELECT service, 100 * countIf(last_reason != '') / count() AS failing_percent
FROM scrape_health
GROUP BY service
