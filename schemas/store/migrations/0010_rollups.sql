-- What is kept of counts when they are gone: totals of a stack by the hour and by the day. A goroutine count is a gauge,
-- so nothing is ever summed over time. Rows are made anew from the counts whenever profiles of their hour came, never
-- added to, so duplicates, replays and late profiles change nothing (docs/decisions/0010-rollups.md).

CREATE TABLE IF NOT EXISTS {database}.counts_hourly
(
    service     LowCardinality(String) CODEC(ZSTD(1)) COMMENT 'label service, else the job name',
    fingerprint UInt64 CODEC(ZSTD(1)) COMMENT 'identity of the normalised stack',
    hour        DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)) COMMENT 'begin of the hour',
    lowest      UInt64 CODEC(T64, ZSTD(1)) COMMENT 'smallest total of all instances in a slot of the hour; 0 where one did not show the stack',
    average     Float64 CODEC(ZSTD(1)) COMMENT 'mean total over the slots of the hour',
    highest     UInt64 CODEC(T64, ZSTD(1)) COMMENT 'largest total in a slot of the hour',
    last        UInt64 CODEC(T64, ZSTD(1)) COMMENT 'total in the newest slot of the hour',
    instances   UInt32 CODEC(T64, ZSTD(1)) COMMENT 'most instances that showed the stack in one slot',
    seconds     UInt32 CODEC(T64, ZSTD(1)) COMMENT 'for how much of the hour the service was scraped: slots times the interval',
    counted     UInt64 CODEC(T64, ZSTD(1)) COMMENT 'counts and profiles that went into it; of rows of one hour the one with the most stays'
)
ENGINE = ReplacingMergeTree(counted)
PARTITION BY toYYYYMM(hour)
ORDER BY (service, fingerprint, hour)
COMMENT 'One row is the total of one stack over all instances of a service in one hour; read it with FINAL';

CREATE TABLE IF NOT EXISTS {database}.counts_daily
(
    service     LowCardinality(String) CODEC(ZSTD(1)) COMMENT 'label service, else the job name',
    fingerprint UInt64 CODEC(ZSTD(1)) COMMENT 'identity of the normalised stack',
    day         Date CODEC(DoubleDelta, ZSTD(1)) COMMENT 'the day, UTC',
    lowest      UInt64 CODEC(T64, ZSTD(1)) COMMENT 'smallest total of all instances in a slot of the day; 0 where one did not show the stack',
    average     Float64 CODEC(ZSTD(1)) COMMENT 'mean total over the time of the day that was scraped',
    highest     UInt64 CODEC(T64, ZSTD(1)) COMMENT 'largest total in a slot of the day',
    last        UInt64 CODEC(T64, ZSTD(1)) COMMENT 'total in the newest slot of the day',
    instances   UInt32 CODEC(T64, ZSTD(1)) COMMENT 'most instances that showed the stack in one slot',
    seconds     UInt32 CODEC(T64, ZSTD(1)) COMMENT 'for how much of the day the service was scraped',
    counted     UInt64 CODEC(T64, ZSTD(1)) COMMENT 'counts and profiles that went into it; of rows of one day the one with the most stays'
)
ENGINE = ReplacingMergeTree(counted)
PARTITION BY toYear(day)
ORDER BY (service, fingerprint, day)
COMMENT 'One row is the total of one stack over all instances of a service on one day; read it with FINAL';

CREATE TABLE IF NOT EXISTS {database}.rollup_hours
(
    service          LowCardinality(String) COMMENT 'label service, else the job name',
    hour             DateTime('UTC') COMMENT 'begin of the hour',
    stored_at        SimpleAggregateFunction(max, DateTime64(3, 'UTC')) DEFAULT now64(3) COMMENT 'when a profile of that hour was stored last',
    rolled_at        SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'up to when what was stored is in the rollups',
    interval_seconds SimpleAggregateFunction(max, Float64) COMMENT 'longest scrape interval of these profiles'
)
ENGINE = AggregatingMergeTree
ORDER BY (service, hour)
COMMENT 'One row is one hour of one service; it is due for the rollups when something was stored after rolled_at; read it with FINAL';

INSERT INTO {database}.rollup_hours (service, hour, stored_at, interval_seconds)
SELECT service, toStartOfHour(toDateTime(slot, 'UTC')) AS hour, now64(3), max(scrapes.interval_seconds)
FROM {database}.scrapes
WHERE ok
GROUP BY service, hour;
