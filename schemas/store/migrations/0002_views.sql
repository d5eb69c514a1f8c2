-- What people may rely on: the views. Every one reads its tables with FINAL, so duplicates that wait to be folded are
-- not seen. "Newest" always means the newest slot in the data, never the clock.

CREATE OR REPLACE VIEW {database}.leaks_now
(
    service           String COMMENT 'label service, else the job name',
    fingerprint       String COMMENT 'identity of the normalised stack: g1- and 16 hex digits',
    state             String COMMENT 'pending or firing',
    verdict           String COMMENT 'suspect, probable, proven',
    site              String COMMENT 'first frame below runtime and sync',
    operation         String COMMENT 'what the goroutine waits on, in the words of the runtime',
    goroutines        UInt32 COMMENT 'goroutines over all instances at the newest evaluation',
    growth_per_hour   Float64 COMMENT 'goroutines per hour over all instances',
    growth_low        Float64 COMMENT 'lower end of the 90 % interval',
    growth_high       Float64 COMMENT 'upper end of the 90 % interval',
    since             DateTime64(3, 'UTC') COMMENT 'first slot of the candidacy',
    first_version     String COMMENT 'label version of the first profile that showed the stack',
    instances         UInt32 COMMENT 'instances that were scraped',
    growing_instances UInt32 COMMENT 'instances on which the stack grows',
    worst_instance    String COMMENT 'instance with the fastest growth',
    reason            String COMMENT 'why the state changed, as a sentence',
    slot              DateTime64(3, 'UTC') COMMENT 'slot of the newest evaluation'
)
AS
WITH leaks AS
(
    SELECT *
    FROM (SELECT * FROM {database}.anomalies FINAL ORDER BY slot DESC LIMIT 1 BY service, fingerprint) AS newest
    WHERE state IN ('pending', 'firing')
),
evaluations AS
(
    SELECT *
    FROM {database}.growth FINAL
    WHERE (service, fingerprint) IN (SELECT service, fingerprint FROM leaks)
    ORDER BY slot DESC
    LIMIT 1 BY service, fingerprint
)
SELECT
    a.service AS service,
    concat('g1-', lower(leftPad(hex(a.fingerprint), 16, '0'))) AS fingerprint,
    a.state AS state,
    a.verdict AS verdict,
    s.site AS site,
    s.operation AS operation,
    if(g.slot >= a.slot, g.goroutines, a.goroutines) AS goroutines,
    if(g.slot >= a.slot, g.growth_per_hour, a.growth_per_hour) AS growth_per_hour,
    if(g.slot >= a.slot, g.growth_low, a.growth_low) AS growth_low,
    if(g.slot >= a.slot, g.growth_high, a.growth_high) AS growth_high,
    a.since AS since,
    a.first_version AS first_version,
    if(g.slot >= a.slot, g.instances, a.instances) AS instances,
    if(g.slot >= a.slot, g.growing_instances, a.growing_instances) AS growing_instances,
    if(g.slot >= a.slot, g.worst_instance, a.worst_instance) AS worst_instance,
    a.reason AS reason,
    greatest(g.slot, a.slot) AS slot
FROM leaks AS a
LEFT JOIN evaluations AS g ON g.service = a.service AND g.fingerprint = a.fingerprint
LEFT JOIN (SELECT * FROM {database}.stacks FINAL) AS s ON s.service = a.service AND s.fingerprint = a.fingerprint
ORDER BY state, growth_per_hour DESC, service, fingerprint
COMMENT 'One row is one leak that is open now: the newest state of each (service, fingerprint) that is pending or firing';

CREATE OR REPLACE VIEW {database}.top_growing
(
    service           String COMMENT 'label service, else the job name',
    fingerprint       String COMMENT 'identity of the normalised stack: g1- and 16 hex digits',
    site              String COMMENT 'first frame below runtime and sync',
    operation         String COMMENT 'what the goroutine waits on, in the words of the runtime',
    origin            String COMMENT 'entry function of the goroutine',
    frames            Array(String) COMMENT 'normalised function names, leaf first',
    goroutines        UInt32 COMMENT 'goroutines over all instances in that slot',
    growth_per_hour   Float64 COMMENT 'goroutines per hour over all instances',
    growth_low        Float64 COMMENT 'lower end of the 90 % interval; the worst is the one with the highest',
    growth_high       Float64 COMMENT 'upper end of the 90 % interval',
    floor             UInt32 COMMENT 'sum of the newest floors',
    instances         UInt32 COMMENT 'instances that were scraped',
    growing_instances UInt32 COMMENT 'instances on which the stack grows',
    worst_instance    String COMMENT 'instance with the fastest growth',
    score             Float64 COMMENT 'growth over its noise',
    candidate         Bool COMMENT 'the growth looks like a leak in that slot',
    reason            String COMMENT 'why, or why not',
    state             String COMMENT 'state of the anomaly after that slot',
    since             DateTime64(3, 'UTC') COMMENT 'first slot of the candidacy, 1970 when there is none',
    first_seen        DateTime64(3, 'UTC') COMMENT 'slot of the first profile that showed the stack',
    first_version     String COMMENT 'label version of that profile',
    slot              DateTime64(3, 'UTC') COMMENT 'slot of the newest evaluation'
)
AS
SELECT
    g.service AS service,
    concat('g1-', lower(leftPad(hex(g.fingerprint), 16, '0'))) AS fingerprint,
    s.site AS site,
    s.operation AS operation,
    s.origin AS origin,
    s.frames AS frames,
    g.goroutines AS goroutines,
    g.growth_per_hour AS growth_per_hour,
    g.growth_low AS growth_low,
    g.growth_high AS growth_high,
    g.floor AS floor,
    g.instances AS instances,
    g.growing_instances AS growing_instances,
    g.worst_instance AS worst_instance,
    g.score AS score,
    g.candidate AS candidate,
    g.reason AS reason,
    g.state AS state,
    g.since AS since,
    s.first_seen AS first_seen,
    s.first_version AS first_version,
    g.slot AS slot
FROM
(
    SELECT *
    FROM {database}.growth FINAL
    WHERE slot > (SELECT max(slot) - toIntervalDay(1) FROM {database}.growth)
    ORDER BY slot DESC
    LIMIT 1 BY service, fingerprint
) AS g
LEFT JOIN (SELECT * FROM {database}.stacks FINAL) AS s ON s.service = g.service AND s.fingerprint = g.fingerprint
ORDER BY growth_low DESC, growth_per_hour DESC, service, fingerprint
COMMENT 'One row is the newest evaluation of one stack within the newest day of evaluations, worst first';

CREATE OR REPLACE VIEW {database}.fingerprint_history
(
    service         String COMMENT 'label service, else the job name',
    fingerprint     String COMMENT 'identity of the normalised stack: g1- and 16 hex digits',
    instance        String COMMENT 'label instance, else host:port',
    slot            DateTime64(3, 'UTC') COMMENT 'scrape time rounded down to the interval',
    goroutines      UInt32 COMMENT 'goroutines in this stack; 0 once where it disappears',
    fingerprint_key UInt64 COMMENT 'the same identity as a number; filtering by it reads only that stack'
)
AS
SELECT
    service,
    concat('g1-', lower(leftPad(hex(counts.fingerprint), 16, '0'))) AS fingerprint,
    instance,
    slot,
    goroutines,
    counts.fingerprint AS fingerprint_key
FROM {database}.counts AS counts FINAL
COMMENT 'One row is one count of one stack on one instance in one slot; filter by service';

CREATE OR REPLACE VIEW {database}.scrape_health
(
    service     String COMMENT 'label service, else the job name',
    instance    String COMMENT 'label instance, else host:port',
    last_slot   DateTime64(3, 'UTC') COMMENT 'slot of the newest attempt',
    last_ok     DateTime64(3, 'UTC') COMMENT 'slot of the newest attempt that gave a profile, 1970 when none did',
    last_reason String COMMENT 'why the newest attempt gave no profile; empty when it did',
    last_error  String COMMENT 'the same as a sentence',
    scrapes     UInt64 COMMENT 'attempts within the newest day',
    failures    UInt64 COMMENT 'how many of them gave no profile',
    goroutines  UInt32 COMMENT 'all goroutines of the process in the newest profile',
    version     String COMMENT 'label version at the newest attempt'
)
AS
SELECT
    service,
    instance,
    max(scrapes.slot) AS last_slot,
    maxIf(scrapes.slot, scrapes.ok) AS last_ok,
    argMax(scrapes.reason, scrapes.slot) AS last_reason,
    argMax(scrapes.error, scrapes.slot) AS last_error,
    count() AS scrapes,
    countIf(NOT scrapes.ok) AS failures,
    argMaxIf(scrapes.goroutines, scrapes.slot, scrapes.ok) AS goroutines,
    argMax(scrapes.version, scrapes.slot) AS version
FROM {database}.scrapes AS scrapes FINAL
WHERE scrapes.slot > (SELECT max(slot) - toIntervalDay(1) FROM {database}.scrapes)
GROUP BY service, instance
ORDER BY service, instance
COMMENT 'One row is one instance that somebody tried to scrape within the newest day';

CREATE OR REPLACE VIEW {database}.flamegraph
(
    service String COMMENT 'label service, else the job name; filter by it, one service is one graph',
    level   Int32 COMMENT 'depth, 0 is the root',
    label   String COMMENT 'function, the service at the root, the operation in brackets at the leaf',
    value   UInt64 COMMENT 'goroutines here and below',
    self    UInt64 COMMENT 'goroutines that end here',
    path    Array(String) COMMENT 'labels from the root; the rows stand depth first, ordered by it'
)
AS
WITH live AS
(
    SELECT service, instance, slot
    FROM
    (
        SELECT
            service,
            instance,
            max(scrapes.slot) AS slot,
            argMax(scrapes.interval_seconds, scrapes.slot) AS interval_seconds,
            max(max(scrapes.slot)) OVER (PARTITION BY service) AS newest
        FROM {database}.scrapes AS scrapes FINAL
        WHERE scrapes.ok AND scrapes.slot > (SELECT max(slot) - toIntervalHour(1) FROM {database}.scrapes)
        GROUP BY service, instance
    ) AS instances
    WHERE slot >= newest - toIntervalMillisecond(toInt64(5000 * interval_seconds))
),
sums AS
(
    SELECT c.service AS service, c.fingerprint AS fingerprint, sum(c.goroutines) AS goroutines
    FROM
    (
        SELECT service, fingerprint, instance, slot, goroutines
        FROM {database}.counts FINAL
        WHERE slot > (SELECT max(slot) - toIntervalHour(1) FROM {database}.scrapes)
    ) AS c
    INNER JOIN live AS l ON l.service = c.service AND l.instance = c.instance AND l.slot = c.slot
    WHERE c.goroutines > 0
    GROUP BY service, fingerprint
),
paths AS
(
    SELECT
        u.service AS service,
        arrayConcat(
            [toString(u.service)],
            arrayReverse(arrayMap(frame -> toString(frame), if(length(s.frames) <= 100, s.frames,
                arrayConcat(arraySlice(s.frames, 1, 50), ['…'], arraySlice(s.frames, -50))))),
            if(s.operation = '', [], [concat('[', s.operation, ']')])) AS whole,
        u.goroutines AS goroutines
    FROM sums AS u
    LEFT JOIN (SELECT service, fingerprint, operation, frames FROM {database}.stacks FINAL) AS s
        ON s.service = u.service AND s.fingerprint = u.fingerprint
)
SELECT
    service,
    toInt32(length(path)) - 1 AS level,
    path[-1] AS label,
    sum(goroutines) AS value,
    sumIf(goroutines, length(path) = length(whole)) AS self,
    path
FROM paths
ARRAY JOIN arrayMap(depth -> arraySlice(whole, 1, depth), range(1, length(whole) + 1)) AS path
GROUP BY service, path
ORDER BY service, path
COMMENT 'One row is one node of the flame graph of a service: all goroutines of its live instances at their newest scrape';

CREATE OR REPLACE VIEW {database}.growth_flamegraph
(
    service String COMMENT 'label service, else the job name; filter by it, one service is one graph',
    level   Int32 COMMENT 'depth, 0 is the root',
    label   String COMMENT 'function, the service at the root, the operation in brackets at the leaf',
    value   UInt64 COMMENT 'goroutines gained here and below',
    self    UInt64 COMMENT 'goroutines gained by stacks that end here',
    path    Array(String) COMMENT 'labels from the root; the rows stand depth first, ordered by it'
)
AS
WITH lives AS
(
    SELECT service, instance, before, after
    FROM
    (
        SELECT
            service,
            instance,
            scrapes.life AS life,
            min(scrapes.slot) AS before,
            max(scrapes.slot) AS after,
            argMax(scrapes.interval_seconds, scrapes.slot) AS interval_seconds,
            max(max(scrapes.slot)) OVER (PARTITION BY service) AS newest
        FROM {database}.scrapes AS scrapes FINAL
        WHERE scrapes.ok AND scrapes.slot > (SELECT max(slot) - toIntervalHour(6) FROM {database}.scrapes)
        GROUP BY service, instance, life
    ) AS instances
    WHERE after >= newest - toIntervalMillisecond(toInt64(5000 * interval_seconds)) AND after > before
    ORDER BY after DESC
    LIMIT 1 BY service, instance
),
gains AS
(
    SELECT
        c.service AS service,
        c.fingerprint AS fingerprint,
        toInt64(sumIf(c.goroutines, c.slot = l.after)) - toInt64(sumIf(c.goroutines, c.slot = l.before)) AS gain
    FROM
    (
        SELECT service, fingerprint, instance, slot, goroutines
        FROM {database}.counts FINAL
        WHERE slot > (SELECT max(slot) - toIntervalHour(6) FROM {database}.scrapes)
    ) AS c
    INNER JOIN lives AS l ON l.service = c.service AND l.instance = c.instance
    WHERE c.slot = l.after OR c.slot = l.before
    GROUP BY service, fingerprint
    HAVING gain > 0
),
paths AS
(
    SELECT
        u.service AS service,
        arrayConcat(
            [toString(u.service)],
            arrayReverse(arrayMap(frame -> toString(frame), if(length(s.frames) <= 100, s.frames,
                arrayConcat(arraySlice(s.frames, 1, 50), ['…'], arraySlice(s.frames, -50))))),
            if(s.operation = '', [], [concat('[', s.operation, ']')])) AS whole,
        toUInt64(u.gain) AS goroutines
    FROM gains AS u
    LEFT JOIN (SELECT service, fingerprint, operation, frames FROM {database}.stacks FINAL) AS s
        ON s.service = u.service AND s.fingerprint = u.fingerprint
)
SELECT
    service,
    toInt32(length(path)) - 1 AS level,
    path[-1] AS label,
    sum(goroutines) AS value,
    sumIf(goroutines, length(path) = length(whole)) AS self,
    path
FROM paths
ARRAY JOIN arrayMap(depth -> arraySlice(whole, 1, depth), range(1, length(whole) + 1)) AS path
GROUP BY service, path
ORDER BY service, path
COMMENT 'One row is one node: what each stack gained on the live processes, newest scrape against their first in six hours';
