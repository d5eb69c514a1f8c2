-- What a judgement of a service rests on, within a window before its newest scrape: how fresh, how many attempts, how
-- many failed and most often why, how many never came, which instances are silent now, and counts of the stack.
SELECT
    max(last_attempt) AS newest_slot,
    max(last_ok) AS newest_profile,
    max(every) AS interval_seconds,
    toUInt64(sum(tried)) AS attempts,
    toUInt64(sum(failed)) AS failures,
    toUInt64(sum(lacking)) AS missing,
    toUInt64(count()) AS instances,
    toUInt64(countIf(last_ok < newest - toIntervalMillisecond(toInt64(5000 * every)))) AS silent_instances,
    argMax(why, failed) AS reason,
    (
        SELECT count()
        FROM counts FINAL
        WHERE service = {service:String} AND fingerprint = {fingerprint:UInt64}
            AND slot > (SELECT max(slot) FROM scrapes WHERE service = {service:String})
                - toIntervalSecond({window_seconds:UInt32})
    ) AS counts
FROM
(
    SELECT
        instance,
        max(scrapes.slot) AS last_attempt,
        maxIf(scrapes.slot, scrapes.ok) AS last_ok,
        max(last_attempt) OVER () AS newest,
        argMax(interval_seconds, scrapes.slot) AS every,
        count() AS tried,
        countIf(NOT scrapes.ok) AS failed,
        anyIf(scrapes.reason, NOT scrapes.ok) AS why,
        greatest(
            toInt64(round((toUnixTimestamp64Milli(last_attempt) - toUnixTimestamp64Milli(min(scrapes.slot)))
                / (1000 * min(interval_seconds)))) + 1 - toInt64(count()), 0) AS lacking
    FROM scrapes FINAL
    WHERE service = {service:String}
        AND scrapes.slot > (SELECT max(slot) FROM scrapes WHERE service = {service:String})
            - toIntervalSecond({window_seconds:UInt32})
    GROUP BY instance
)
HAVING instances > 0
