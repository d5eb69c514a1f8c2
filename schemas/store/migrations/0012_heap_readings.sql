-- What processes said of their memory, as columns; and what the comments of evidence say of a third kind.

ALTER TABLE {database}.evidence_requests COMMENT COLUMN kinds 'what to take, in order: goroutine-text, goroutineleak, heap';

ALTER TABLE {database}.evidence COMMENT COLUMN kind 'goroutine-text (debug=2), goroutineleak or heap (debug=1)';

ALTER TABLE {database}.evidence COMMENT COLUMN goroutines 'goroutines in it: all of the process in a dump, the leaked ones in goroutineleak, all of the newest scrape beside heap';

CREATE OR REPLACE VIEW {database}.heap_readings
(
    service         String COMMENT 'label service, else the job name',
    fingerprint     String COMMENT 'the leak it was read for: g1- and 16 hex digits',
    instance        String COMMENT 'label instance, else host:port',
    taken_at        DateTime64(3, 'UTC') COMMENT 'when it was read',
    life            Nullable(DateTime64(3, 'UTC')) COMMENT 'first slot of the process; null when not known',
    goroutines      UInt64 COMMENT 'all of the process in its newest scrape',
    of_stack        UInt64 COMMENT 'those of the leak among them',
    heap_alloc      UInt64 COMMENT 'bytes of the heap in use, garbage that no collection has found yet included',
    heap_inuse      UInt64 COMMENT 'bytes of the spans that hold them',
    stack_inuse     UInt64 COMMENT 'bytes of stacks',
    sys             UInt64 COMMENT 'bytes that the runtime has of the system',
    total_alloc     UInt64 COMMENT 'bytes of the heap ever allocated',
    next_gc         UInt64 COMMENT 'size of the heap at which the next collection ends',
    collections     UInt64 COMMENT 'collections so far',
    settled_seconds Nullable(Float64) COMMENT 'how long before a goroutineleak profile, which begins with a collection, was begun; null without'
)
AS
SELECT
    service,
    concat('g1-', lower(leftPad(hex(e.fingerprint), 16, '0'))) AS fingerprint,
    instance,
    taken_at,
    parseDateTime64BestEffortOrNull(JSONExtractString(summary, 'heap', 'life'), 3, 'UTC') AS life,
    JSONExtractUInt(summary, 'heap', 'goroutines') AS goroutines,
    JSONExtractUInt(summary, 'heap', 'of_stack') AS of_stack,
    JSONExtractUInt(summary, 'heap', 'heap_alloc') AS heap_alloc,
    JSONExtractUInt(summary, 'heap', 'heap_inuse') AS heap_inuse,
    JSONExtractUInt(summary, 'heap', 'stack_inuse') AS stack_inuse,
    JSONExtractUInt(summary, 'heap', 'sys') AS sys,
    JSONExtractUInt(summary, 'heap', 'total_alloc') AS total_alloc,
    JSONExtractUInt(summary, 'heap', 'next_gc') AS next_gc,
    JSONExtractUInt(summary, 'heap', 'collections') AS collections,
    JSONExtract(summary, 'heap', 'settled_seconds', 'Nullable(Float64)') AS settled_seconds
FROM {database}.evidence AS e FINAL
WHERE kind = 'heap' AND ok
ORDER BY service, fingerprint, instance, taken_at
COMMENT 'One row is one reading of the memory of a process that leaks; two of one process tell what a leaked goroutine costs';
