-- The age of the newest profile of each service, in seconds. Services that are not scraped any more are left out: nobody
-- tried within ten minutes of the newest attempt on any service. Where Leakstream itself stands still, all of them age.
SELECT service, toFloat64(dateDiff('second', max(last_ok), $__toTime)) AS age_seconds
FROM scrape_health
GROUP BY service
HAVING max(last_ok) > 0 AND max(last_slot) >= (SELECT max(last_slot) FROM scrape_health) - toIntervalMinute(10)
