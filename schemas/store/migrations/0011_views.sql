-- Views with the answers that an on-call person asks for. Every one reads its tables with FINAL, so duplicates that wait
-- to be folded are not seen. A view with arguments is called like a function. GLOBAL as in 0009_leaks_now.sql.

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
WITH newest AS
(
    SELECT *
    FROM {database}.growth FINAL
    WHERE slot > (SELECT max(slot) - toIntervalDay(1) FROM {database}.growth)
    ORDER BY slot DESC
    LIMIT 1 BY service, fingerprint
),
names AS
(
    SELECT service, fingerprint, site, operation, origin, frames, first_seen, first_version
    FROM {database}.stacks FINAL
    WHERE service GLOBAL IN (SELECT DISTINCT service FROM newest)
)
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
FROM newest AS g
LEFT JOIN names AS s ON s.service = g.service AND s.fingerprint = g.fingerprint
ORDER BY growth_low DESC, growth_per_hour DESC, service, fingerprint
COMMENT 'One row is the newest evaluation of one stack within the newest day of evaluations, worst first';

CREATE OR REPLACE VIEW {database}.fingerprint_series
(
    slot       DateTime64(3, 'UTC') COMMENT 'scrape time rounded down to the interval',
    goroutines UInt64 COMMENT 'goroutines over all instances that were scraped in it',
    instances  UInt64 COMMENT 'instances that showed the stack in it'
)
AS
SELECT
    counts.slot AS slot,
    sum(counts.goroutines) AS goroutines,
    countIf(counts.goroutines > 0) AS instances
FROM {database}.counts AS counts FINAL
WHERE counts.service = {service:String}
    AND counts.fingerprint = reinterpretAsUInt64(reverse(unhex(substring({fingerprint:String}, 4))))
    AND counts.slot >= {since:DateTime64(3, 'UTC')}
    AND counts.slot < {until:DateTime64(3, 'UTC')}
GROUP BY slot
ORDER BY slot
COMMENT 'One row is the total of one stack in one slot, as long as counts are kept; from since (inclusive) to until';

CREATE OR REPLACE VIEW {database}.fingerprint_trend
(
    hour      DateTime('UTC') COMMENT 'begin of the hour',
    lowest    UInt64 COMMENT 'smallest total of all instances in a slot of the hour; what leaks raises it',
    average   Float64 COMMENT 'mean total over the slots of the hour',
    highest   UInt64 COMMENT 'largest total in a slot of the hour',
    last      UInt64 COMMENT 'total in the newest slot of the hour',
    instances UInt64 COMMENT 'most instances that showed the stack in one slot'
)
AS
WITH rolled AS
(
    SELECT hour, lowest, average, highest, last, toUInt64(instances) AS instances
    FROM {database}.counts_hourly FINAL
    WHERE service = {service:String}
        AND fingerprint = reinterpretAsUInt64(reverse(unhex(substring({fingerprint:String}, 4))))
        AND hour >= {since:DateTime64(3, 'UTC')} AND hour < {until:DateTime64(3, 'UTC')}
),
slots AS
(
    SELECT counts.slot AS slot, sum(counts.goroutines) AS total, countIf(counts.goroutines > 0) AS showing
    FROM {database}.counts AS counts FINAL
    WHERE counts.service = {service:String}
        AND counts.fingerprint = reinterpretAsUInt64(reverse(unhex(substring({fingerprint:String}, 4))))
        AND counts.slot >= greatest(
            toDateTime64({since:DateTime64(3, 'UTC')}, 3, 'UTC'),
            toDateTime64((SELECT if(count() = 0, toDateTime(0, 'UTC'), max(hour) + toIntervalHour(1)) FROM rolled), 3, 'UTC'))
        AND counts.slot < {until:DateTime64(3, 'UTC')}
    GROUP BY slot
)
SELECT hour, lowest, average, highest, last, instances
FROM
(
    SELECT hour, lowest, average, highest, last, instances FROM rolled
    UNION ALL
    SELECT
        toStartOfHour(toDateTime(slot, 'UTC')) AS hour,
        min(total) AS lowest,
        avg(total) AS average,
        max(total) AS highest,
        argMax(total, slot) AS last,
        max(showing) AS instances
    FROM slots
    GROUP BY hour
)
ORDER BY hour
COMMENT 'One row is the total of one stack in one hour: from the rollup, and from the counts where an hour is too young for it';

CREATE OR REPLACE VIEW {database}.deploys
(
    service     String COMMENT 'label service, else the job name',
    version     String COMMENT 'label version of the targets',
    since       DateTime64(3, 'UTC') COMMENT 'first slot of its first process; a version that came back keeps its first',
    until       DateTime64(3, 'UTC') COMMENT 'first slot of its newest process',
    previous    String COMMENT 'the version that began before it; empty for the first one known',
    processes   UInt64 COMMENT 'processes that ran it',
    instances   UInt64 COMMENT 'instances that ran it',
    new_stacks  UInt64 COMMENT 'stacks that the service showed in it first',
    open_leaks  UInt64 COMMENT 'leaks of these stacks that are pending or firing now'
)
AS
WITH versions AS
(
    SELECT service, version, min(life) AS since, max(life) AS until, count() AS processes, uniqExact(instance) AS instances
    FROM {database}.instances FINAL
    GROUP BY service, version
),
shown AS
(
    SELECT service, first_version AS version, count() AS new_stacks
    FROM {database}.stacks FINAL
    GROUP BY service, version
),
open AS
(
    SELECT service, first_version AS version, countIf(state IN ('pending', 'firing')) AS open_leaks
    FROM (SELECT * FROM {database}.anomalies FINAL ORDER BY slot DESC LIMIT 1 BY service, fingerprint) AS newest
    GROUP BY service, version
)
SELECT
    v.service AS service,
    v.version AS version,
    v.since AS since,
    v.until AS until,
    lagInFrame(toString(v.version)) OVER (
        PARTITION BY v.service ORDER BY v.since, v.version ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS previous,
    v.processes AS processes,
    v.instances AS instances,
    s.new_stacks AS new_stacks,
    o.open_leaks AS open_leaks
FROM versions AS v
LEFT JOIN shown AS s ON s.service = v.service AND s.version = v.version
LEFT JOIN open AS o ON o.service = v.service AND o.version = v.version
ORDER BY since DESC, service, version
COMMENT 'One row is one version of one service: since when it runs, and what came with it; the newest first';

CREATE OR REPLACE VIEW {database}.runbook
(
    step  UInt8 COMMENT 'the order in which to read and do',
    topic String COMMENT 'what the line is about',
    text  String COMMENT 'what is known, or what to do'
)
AS
WITH
    reinterpretAsUInt64(reverse(unhex(substring({fingerprint:String}, 4)))) AS key,
    stack AS
    (
        SELECT operation, site, origin, first_seen, first_version, first_instance
        FROM {database}.stacks FINAL
        WHERE service = {service:String} AND fingerprint = key
    ),
    changes AS
    (
        SELECT slot, state, verdict, reason, since
        FROM {database}.anomalies FINAL
        WHERE service = {service:String} AND fingerprint = key
    ),
    evaluations AS
    (
        SELECT slot, goroutines, growth_per_hour, growth_low, growth_high, instances, growing_instances, worst_instance
        FROM {database}.growth FINAL
        WHERE service = {service:String} AND fingerprint = key
        ORDER BY slot DESC
        LIMIT 1
    ),
    taken AS
    (
        SELECT kind, ok, instance, taken_at, reason
        FROM {database}.evidence FINAL
        WHERE service = {service:String} AND fingerprint = key
    ),
    told AS
    (
        SELECT sink, intent, status, detail
        FROM {database}.tickets FINAL
        WHERE service = {service:String} AND fingerprint = key
        ORDER BY slot DESC, sink
        LIMIT 1 BY sink
    ),
    said AS
    (
        SELECT opinion, reason, given_by, given_at
        FROM {database}.verdicts FINAL
        WHERE service = {service:String} AND fingerprint = key
    )
SELECT step, topic, text
FROM
(
    SELECT 1 AS step, 'stack' AS topic, concat(
        'goroutines wait on ', if(operation = '', 'nothing known', operation), ' in ', site, '; they begin in ', origin) AS text
    FROM stack
    UNION ALL
    SELECT 2, 'state', if(count() = 0, 'never looked like a leak', concat(
        argMax(state, slot), ', ', argMax(verdict, slot), ', since ',
        formatDateTime(argMax(since, slot), '%F %T', 'UTC'), ': ', argMax(reason, slot)))
    FROM changes
    UNION ALL
    SELECT 3, 'growth', if(count() = 0, 'never evaluated: it did not move', concat(
        toString(any(goroutines)), ' goroutines, ', toString(round(any(growth_per_hour), 1)), ' an hour (',
        toString(round(any(growth_low), 1)), ' to ', toString(round(any(growth_high), 1)), ') on ',
        toString(any(growing_instances)), ' of ', toString(any(instances)), ' instances; fastest on ',
        any(worst_instance)))
    FROM evaluations
    UNION ALL
    SELECT 4, 'origin', concat(
        'first seen ', formatDateTime(first_seen, '%F %T', 'UTC'), ' in version ',
        if(first_version = '', '(none)', first_version), ' on ', first_instance)
    FROM stack
    UNION ALL
    SELECT 5, 'evidence', if(count() = 0, 'none was taken', arrayStringConcat(arraySort(groupArray(concat(
        kind, ' of ', instance, ' at ', formatDateTime(taken_at, '%F %T', 'UTC'), ': ', if(ok, 'kept', reason)))), '; '))
    FROM taken
    UNION ALL
    SELECT 6, 'tickets', if(count() = 0, 'none', arrayStringConcat(arraySort(groupArray(concat(
        sink, ': ', intent, ', ', status, if(detail = '', '', concat(', ', detail))))), '; '))
    FROM told
    UNION ALL
    SELECT 7, 'people', if(count() = 0, 'nobody said anything', concat(
        argMax(opinion, given_at), ' by ', argMax(given_by, given_at), ': ', argMax(reason, given_at)))
    FROM said
    UNION ALL
    SELECT 8, 'look at', multiIf(
        operation IN ('chan send', 'chan send (nil chan)'), 'who receives: it returned early, or its context was cancelled',
        operation IN ('chan receive', 'chan receive (nil chan)'), 'who sends or closes: nobody does any more',
        operation IN ('select', 'select (no cases)'), 'whether one case is the end: a done channel or a context that is cancelled',
        operation IN ('mutex lock', 'rwmutex lock', 'rwmutex rlock'), 'who holds the lock: it waits itself, or returned without unlocking',
        operation = 'wait group', 'which goroutine never calls Done',
        operation = 'cond', 'whether somebody signals after the wait began',
        operation = 'semaphore', 'who keeps what it acquired',
        operation = 'sleep', 'the loop around the sleep: it has no end',
        operation IN ('io wait', 'syscall'), 'deadlines and unclosed bodies: the other end is silent',
        'the code at the site')
    FROM stack
    UNION ALL
    SELECT 9, 'run', concat('leakstream explain ', {fingerprint:String}, ' --service ', {service:String}) FROM stack
    UNION ALL
    SELECT 10, 'run', concat('leakstream evidence ', {fingerprint:String}, ' --service ', {service:String}) FROM stack
)
ORDER BY step
COMMENT 'One row is one line of what to know and do about one stack of one service, in order; no rows: it is not known';

-- Runs of equal steps and small noise are what counts are made of: their differences, bit by bit, are packed
-- smaller and read faster than differences of differences (benchmarks/bench_store.py has both).
ALTER TABLE {database}.counts MODIFY COLUMN goroutines CODEC(Delta, T64('bit'), ZSTD(3));

-- A fingerprint as people write it stands in a granule of the key in the order of its number: its bounds find it, and
-- fingerprint_history can be filtered by either.
ALTER TABLE {database}.counts
    ADD INDEX IF NOT EXISTS fingerprint_shown concat('g1-', lower(leftPad(hex(fingerprint), 16, '0'))) TYPE minmax GRANULARITY 1;
