-- Makes one day of some services anew from its hours. The mean is weighted by the time that was scraped; hours in which
-- the service was scraped and the stack not shown are totals of 0.
-- insert_deduplicate = 0: rows that were made before, and went, are no repeat of an insert.
INSERT INTO counts_daily (service, fingerprint, day, lowest, average, highest, last, instances, seconds, counted)
WITH
    hours AS
    (
        SELECT service, fingerprint, hour, lowest, average, highest, last, instances, seconds, counted
        FROM counts_hourly FINAL
        WHERE service IN {services:Array(String)}
            AND hour >= toDateTime({day:Date}, 'UTC') AND hour < toDateTime({day:Date}, 'UTC') + toIntervalDay(1)
    ),
    spans AS
    (
        SELECT service, sum(scraped) AS scraped, count() AS hours_scraped, max(hour) AS newest
        FROM (SELECT service, hour, max(seconds) AS scraped FROM hours GROUP BY service, hour)
        GROUP BY service
    )
SELECT
    h.service AS service,
    h.fingerprint AS fingerprint,
    {day:Date} AS day,
    if(count() < any(s.hours_scraped), 0, min(h.lowest)) AS lowest,
    sum(h.average * h.seconds) / any(s.scraped) AS average,
    max(h.highest) AS highest,
    sumIf(h.last, h.hour = s.newest) AS last,
    max(h.instances) AS instances,
    any(s.scraped) AS seconds,
    sum(h.counted) AS counted
FROM hours AS h
INNER JOIN spans AS s ON s.service = h.service
GROUP BY service, fingerprint
SETTINGS insert_deduplicate = 0
