-- What was asked of suspects, and what their instances answered. Both are kept for 30 days from when they were stored.

CREATE TABLE IF NOT EXISTS {database}.evidence_requests
(
    service       LowCardinality(String) COMMENT 'label service, else the job name',
    fingerprint   UInt64 COMMENT 'identity of the stack under suspicion',
    instance      LowCardinality(String) COMMENT 'the instance on which it grows fastest',
    slot          DateTime64(3, 'UTC') COMMENT 'slot at whose end the evidence was wanted',
    kinds         Array(LowCardinality(String)) COMMENT 'what to take, in order: goroutine-text, goroutineleak',
    goroutines    UInt32 COMMENT 'all goroutines of the instance in its newest profile',
    life          DateTime64(3, 'UTC') COMMENT 'first slot of its process, 1970 when not known',
    log           LowCardinality(String) COMMENT 'identity of the log',
    log_partition UInt32 COMMENT 'the record that closed the slot',
    log_offset    UInt64 COMMENT 'the record that closed the slot',
    stored_at     DateTime('UTC') DEFAULT now() COMMENT 'when the row was stored; 30 days later it goes'
)
ENGINE = ReplacingMergeTree
ORDER BY (service, fingerprint, slot)
TTL stored_at + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row is one request for evidence';

CREATE TABLE IF NOT EXISTS {database}.evidence
(
    service          LowCardinality(String) COMMENT 'label service, else the job name',
    instance         LowCardinality(String) COMMENT 'label instance, else host:port',
    slot             DateTime64(3, 'UTC') COMMENT 'slot of the request',
    kind             LowCardinality(String) COMMENT 'goroutine-text (debug=2) or goroutineleak',
    fingerprint      UInt64 COMMENT 'the stack it was asked for; a profile speaks of all stacks of its process',
    taken_at         DateTime64(3, 'UTC') COMMENT 'true start of the attempt',
    duration_seconds Float32 COMMENT 'how long the attempt took',
    ok               Bool COMMENT 'a profile was received and weighed',
    reason           LowCardinality(String) COMMENT 'why there is none; empty when ok',
    error            String COMMENT 'the reason as a sentence; empty when ok',
    goroutines       UInt32 COMMENT 'goroutines in it: all of the process in a dump, the leaked ones in goroutineleak',
    bytes            UInt32 COMMENT 'size of the profile as kept',
    profile          String CODEC(ZSTD(3)) COMMENT 'the profile as received, gzip; go tool pprof reads goroutineleak',
    summary          String CODEC(ZSTD(3)) COMMENT 'what it says of each stack, as JSON',
    version          LowCardinality(String) COMMENT 'label version of the target',
    log              LowCardinality(String) COMMENT 'identity of the log',
    log_partition    UInt32 COMMENT 'where the record stands in the log',
    log_offset       UInt64 COMMENT 'where the record stands in the log',
    stored_at        DateTime('UTC') DEFAULT now() COMMENT 'when the row was stored; 30 days later it goes'
)
ENGINE = ReplacingMergeTree
ORDER BY (service, instance, slot, kind)
TTL stored_at + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row is one profile that was taken as evidence, or why it was not';
