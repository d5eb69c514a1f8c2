-- A sample of a fleet for bench_store.py: noise, waves, leaks, deploys, restarts, churn. {first:UInt64} and {many:UInt64}
-- bound the numbers of counts; everything is a function of its number, so a larger sample holds the smaller one.
--
-- 20 services (s) of 5 instances (i) show 20 stacks (f) each, scraped once a minute (t): 2,000 series. Once a day, each
-- service at its own hour, a deploy replaces all its instances by new names; one process in seven restarts under its name.
-- Of 20 stacks 9 stand still (background loops, of which a program has one or two each), 5 are pools that move by one
-- every few minutes, 3 follow the load of the day with noise in every scrape, 2 are mostly absent, 1 leaks from deploy
-- to deploy. A zero stands once where a stack disappears, as the pipeline writes it.

CREATE OR REPLACE VIEW sample AS
SELECT
    number,
    intDiv(number, 100) % 20 AS s,
    number % 20 AS f,
    intDiv(number, 20) % 5 AS i,
    intDiv(number, 2000) AS t,
    intDiv(t + s * 67, 1440) AS deploy,
    (t + s * 67) % 1440 AS age,
    concat('service-', toString(s)) AS service,
    concat('svc-', toString(s), '-', lower(hex(toUInt32(cityHash64(s, deploy)))), '-', toString(i)) AS instance,
    cityHash64('stack', s, f) AS fingerprint,
    toDateTime64('2025-11-01 00:00:00', 3, 'UTC') + 60 * t AS slot
FROM numbers({first:UInt64}, {many:UInt64});

INSERT INTO counts (service, fingerprint, instance, slot, goroutines)
SELECT service, fingerprint, instance, slot, toUInt32(held)
FROM
(
    SELECT
        service, fingerprint, instance, slot,
        cityHash64(s, f, i, deploy) AS own,
        if(cityHash64(s, i, deploy) % 7 = 0 AND age > 700, age - 700, age) AS life,
        multiIf(
            f = 0, intDiv(life, 3) + cityHash64(own, t) % 3,
            f < 10, 1 + own % 3,
            f < 15, 2 + own % 60 + (cityHash64(own, intDiv(t, 5 + own % 11)) % 3),
            f < 18, 40 + own % 100 + 30 * sin(6.2831853 * t / 1440) + cityHash64(own, t) % 12,
            cityHash64(own, intDiv(t, 7)) % 20 = 0, 1 + own % 3,
            cityHash64(own, intDiv(t - 1, 7)) % 20 = 0 AND t % 7 = 0, 0,
            -1) AS held
    FROM sample(first = {first:UInt64}, many = {many:UInt64})
)
WHERE held >= 0;

-- One attempt in 500 fails.
INSERT INTO scrapes (service, instance, slot, scraped_at, interval_seconds, duration_seconds, ok, goroutines, stacks,
    bytes, version, life, log, log_offset)
SELECT
    service, instance, slot, slot + (cityHash64(s, i) % 59), 60, 0.01, cityHash64(s, i, t, 'fails') % 500 != 0,
    900 + cityHash64(s, i, t) % 99, 18, 20000, concat('v', toString(deploy)), slot - 60 * age, 'log', number
FROM sample(first = {first:UInt64}, many = {many:UInt64})
WHERE f = 0;

-- Evaluations every five minutes, of what leaks and of some noise.
INSERT INTO growth (service, fingerprint, slot, goroutines, instances, growing_instances, worst_instance, floor,
    growth_per_hour, growth_low, growth_high, scale_slots, score, candidate, reason, state, since)
SELECT
    service, fingerprint, slot, intDiv(5 * age, 3), 5, 5, instance, intDiv(5 * age, 3), 100, 95, 105, 60, 30, f = 0,
    'it rises', if(f = 0 AND age > 30, 'firing', 'inactive'), slot
FROM sample(first = {first:UInt64}, many = {many:UInt64})
WHERE i = 0 AND t % 5 = 0 AND (f = 0 OR f > 16);

-- Leaks fire half an hour after a deploy and end with the next.
INSERT INTO anomalies (service, fingerprint, slot, state, previous, verdict, since, goroutines, instances,
    growth_per_hour)
SELECT
    service, fingerprint, slot, if(age = 30, 'firing', 'resolved'), if(age = 30, 'pending', 'firing'), 'probable', slot,
    50, 5, 100
FROM sample(first = {first:UInt64}, many = {many:UInt64})
WHERE i = 0 AND f = 0 AND age IN (0, 30);

INSERT INTO instances (service, instance, life, began, version)
SELECT service, instance, slot, 'version', concat('v', toString(deploy))
FROM sample(first = {first:UInt64}, many = {many:UInt64})
WHERE f = 0 AND (age = 0 OR t = 0);

INSERT INTO stacks (service, fingerprint, operation, site, origin, frames, first_seen, first_version)
SELECT
    service, fingerprint, 'chan receive', concat('main.site', toString(f)), 'main.main',
    arrayMap(d -> concat('example.com/shop/package', toString((f + d) % 23), '.Method', toString(d)), range(16)),
    slot, 'v0'
FROM sample(first = 0, many = 2000)
WHERE i = 0;

INSERT INTO rollup_hours (service, hour, stored_at, interval_seconds)
SELECT service, toStartOfHour(toDateTime(slot, 'UTC')) AS hour, now64(3) - 3600, 60
FROM sample(first = {first:UInt64}, many = {many:UInt64})
WHERE f = 0
GROUP BY service, hour;
