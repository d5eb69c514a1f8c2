-- Makes one hour of some services anew from the counts. A total is over the instances of one step; a step is the longest
-- interval of these services in that hour, and the newest count of an instance in it stands for the instance. A step in
-- which nobody showed the stack is a total of 0; one in which nobody was scraped is none.
-- insert_deduplicate = 0: rows that were made before, and went, are no repeat of an insert.
INSERT INTO counts_hourly (service, fingerprint, hour, lowest, average, highest, last, instances, seconds, counted)
WITH
    spans AS
    (
        SELECT service, uniqExact(step) AS steps, max(step) AS newest, count() AS profiles
        FROM
        (
            SELECT service, intDiv(toUnixTimestamp64Milli(slot), {step_ms:Int64}) AS step
            FROM scrapes FINAL
            WHERE service IN {services:Array(String)}
                AND slot >= {hour:DateTime('UTC')} AND slot < {hour:DateTime('UTC')} + toIntervalHour(1)
                AND ok
        )
        GROUP BY service
    ),
    held AS
    (
        SELECT
            service,
            fingerprint,
            instance,
            intDiv(toUnixTimestamp64Milli(counts.slot), {step_ms:Int64}) AS step,
            argMax(counts.goroutines, counts.slot) AS newest_goroutines,
            count() AS counts_held
        FROM counts FINAL
        WHERE service IN {services:Array(String)}
            AND counts.slot >= {hour:DateTime('UTC')} AND counts.slot < {hour:DateTime('UTC')} + toIntervalHour(1)
        GROUP BY service, fingerprint, instance, step
    ),
    totals AS
    (
        SELECT
            service,
            fingerprint,
            step,
            sum(newest_goroutines) AS total,
            countIf(newest_goroutines > 0) AS showing,
            sum(counts_held) AS counts_held
        FROM held
        GROUP BY service, fingerprint, step
    )
SELECT
    t.service AS service,
    t.fingerprint AS fingerprint,
    {hour:DateTime('UTC')} AS hour,
    if(count() < any(s.steps), 0, min(t.total)) AS lowest,
    sum(t.total) / greatest(any(s.steps), count()) AS average,
    max(t.total) AS highest,
    sumIf(t.total, t.step = s.newest) AS last,
    max(t.showing) AS instances,
    least(intDiv(any(s.steps) * {step_ms:Int64}, 1000), 3600) AS seconds,
    sum(t.counts_held) + any(s.profiles) AS counted
FROM totals AS t
INNER JOIN spans AS s ON s.service = t.service
GROUP BY service, fingerprint
HAVING highest > 0
SETTINGS insert_deduplicate = 0
