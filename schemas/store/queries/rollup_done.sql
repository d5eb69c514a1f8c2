-- Notes that hours of services are in the rollups, as far as they were stored when they were read.
INSERT INTO rollup_hours (service, hour, stored_at, rolled_at)
SELECT service, {hour:DateTime('UTC')} AS hour, toDateTime64(0, 3, 'UTC') AS stored_at, {asked_at:DateTime64(3, 'UTC')} AS rolled_at
FROM (SELECT arrayJoin({services:Array(String)}) AS service)
