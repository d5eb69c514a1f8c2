-- leaks_now reads of the newest evaluations and of the stacks what it shows, of open leaks alone: its time goes by how
-- many leaks are open, not by how long they are. GLOBAL says to a cluster that the list of leaks is made once; a single
-- server reads it as plain IN.

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
    SELECT
        service, fingerprint, slot, goroutines, growth_per_hour, growth_low, growth_high, instances, growing_instances,
        worst_instance
    FROM {database}.growth FINAL
    WHERE (service, fingerprint, slot) GLOBAL IN
    (
        SELECT service, fingerprint, max(slot)
        FROM {database}.growth
        WHERE (service, fingerprint) GLOBAL IN (SELECT service, fingerprint FROM leaks)
        GROUP BY service, fingerprint
    )
),
names AS
(
    SELECT service, fingerprint, site, operation
    FROM {database}.stacks FINAL
    WHERE (service, fingerprint) GLOBAL IN (SELECT service, fingerprint FROM leaks)
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
LEFT JOIN names AS s ON s.service = a.service AND s.fingerprint = a.fingerprint
ORDER BY state, growth_per_hour DESC, service, fingerprint
COMMENT 'One row is one leak that is open now: the newest state of each (service, fingerprint) that is pending or firing';
