-- The hours of services that are due for the rollups, the oldest first: profiles were stored since they were rolled up,
-- and none for so many seconds, so that an hour is not made anew for every profile of it. asked_at is the present of the
-- store less a minute: clocks of servers differ.
SELECT service, hour, interval_seconds, now64(3, 'UTC') - toIntervalMinute(1) AS asked_at
FROM rollup_hours FINAL
WHERE stored_at > rolled_at AND stored_at <= now64(3) - toIntervalSecond({quiet_seconds:UInt32})
ORDER BY hour, service
LIMIT {limit:UInt32}
