-- The tables of Leakstream. Slots are scrape times rounded down to the scrape interval: aligned times are what makes
-- a count cost a third of a byte. Every table folds duplicates by its natural key, so any replay gives the same rows.

CREATE TABLE IF NOT EXISTS {database}.scrapes
(
    service          LowCardinality(String) COMMENT 'label service, else the job name',
    instance         LowCardinality(String) COMMENT 'label instance, else host:port',
    slot             DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)) COMMENT 'scrape time rounded down to the interval',
    scraped_at       DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)) COMMENT 'true start of the scrape',
    interval_seconds Float64 CODEC(ZSTD(1)) COMMENT 'scrape interval of the target at that time',
    duration_seconds Float32 CODEC(ZSTD(1)) COMMENT 'how long the scrape took',
    ok               Bool CODEC(ZSTD(1)) COMMENT 'a profile was received and decoded',
    reason           LowCardinality(String) COMMENT 'why there is no profile; empty when ok',
    error            String CODEC(ZSTD(3)) COMMENT 'the reason as a sentence; empty when ok',
    goroutines       UInt32 CODEC(T64, ZSTD(1)) COMMENT 'all goroutines of the process',
    stacks           UInt32 CODEC(T64, ZSTD(1)) COMMENT 'distinct fingerprints in the profile',
    bytes            UInt32 CODEC(T64, ZSTD(1)) COMMENT 'size of the profile as received',
    version          LowCardinality(String) COMMENT 'label version of the target',
    life             DateTime64(3, 'UTC') CODEC(ZSTD(1)) COMMENT 'first slot of the process life this scrape belongs to',
    log_partition    UInt32 CODEC(ZSTD(1)) COMMENT 'where the record stands in the log',
    log_offset       UInt64 CODEC(Delta, ZSTD(1)) COMMENT 'where the record stands in the log'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(slot)
ORDER BY (service, instance, slot)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row is one attempt to scrape one instance in one slot';

CREATE TABLE IF NOT EXISTS {database}.instances
(
    service       LowCardinality(String) COMMENT 'label service, else the job name',
    instance      LowCardinality(String) COMMENT 'label instance, else host:port',
    life          DateTime64(3, 'UTC') CODEC(ZSTD(1)) COMMENT 'first slot in which this process was seen',
    process_start DateTime64(3, 'UTC') CODEC(ZSTD(1)) COMMENT 'start of the process where the target says it, else 1970',
    began         LowCardinality(String) COMMENT 'how the start of this life was recognised',
    version       LowCardinality(String) COMMENT 'label version',
    labels        Map(LowCardinality(String), String) CODEC(ZSTD(1)) COMMENT 'labels of the target'
)
ENGINE = ReplacingMergeTree
ORDER BY (service, instance, life)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row is one life of one process';

CREATE TABLE IF NOT EXISTS {database}.stacks
(
    service       LowCardinality(String) COMMENT 'label service, else the job name',
    fingerprint   UInt64 COMMENT 'identity of the normalised stack; shown as g1- and 16 hex digits',
    operation     LowCardinality(String) COMMENT 'what the goroutine waits on, in the words of the runtime',
    site          String CODEC(ZSTD(1)) COMMENT 'first frame below runtime and sync',
    origin        String CODEC(ZSTD(1)) COMMENT 'entry function of the goroutine',
    frames        Array(LowCardinality(String)) COMMENT 'normalised function names, leaf first',
    first_seen    DateTime64(3, 'UTC') CODEC(ZSTD(1)) COMMENT 'slot of the first profile that showed it',
    first_version LowCardinality(String) COMMENT 'label version of that profile',
    first_instance LowCardinality(String) COMMENT 'instance of that profile'
)
ENGINE = ReplacingMergeTree
ORDER BY (service, fingerprint)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row is one stack of one service';

CREATE TABLE IF NOT EXISTS {database}.counts
(
    service     LowCardinality(String) CODEC(ZSTD(1)) COMMENT 'label service, else the job name',
    fingerprint UInt64 CODEC(ZSTD(1)) COMMENT 'identity of the normalised stack',
    instance    LowCardinality(String) CODEC(ZSTD(1)) COMMENT 'label instance, else host:port',
    slot        DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)) COMMENT 'scrape time rounded down to the interval',
    goroutines  UInt32 CODEC(DoubleDelta, ZSTD(1)) COMMENT 'goroutines in this stack; 0 once where a stack disappears'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(slot)
ORDER BY (service, fingerprint, instance, slot)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row is one count of one stack on one instance in one slot';

CREATE TABLE IF NOT EXISTS {database}.growth
(
    service           LowCardinality(String) COMMENT 'label service, else the job name',
    fingerprint       UInt64 CODEC(ZSTD(1)) COMMENT 'identity of the normalised stack',
    slot              DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)) COMMENT 'the slot that was evaluated',
    goroutines        UInt32 CODEC(T64, ZSTD(1)) COMMENT 'goroutines over all instances in that slot',
    instances         UInt32 CODEC(T64, ZSTD(1)) COMMENT 'instances that were scraped',
    growing_instances UInt32 CODEC(T64, ZSTD(1)) COMMENT 'instances on which the stack grows',
    worst_instance    LowCardinality(String) COMMENT 'instance with the fastest growth',
    floor             UInt32 CODEC(T64, ZSTD(1)) COMMENT 'sum of the newest floors',
    growth_per_hour   Float64 CODEC(ZSTD(1)) COMMENT 'goroutines per hour over all instances',
    growth_low        Float64 CODEC(ZSTD(1)) COMMENT 'lower end of the 90 % interval',
    growth_high       Float64 CODEC(ZSTD(1)) COMMENT 'upper end of the 90 % interval',
    scale_slots       UInt32 CODEC(T64, ZSTD(1)) COMMENT 'length of the span that was judged, in slots',
    score             Float64 CODEC(ZSTD(1)) COMMENT 'growth over its noise',
    candidate         Bool COMMENT 'the growth looks like a leak in this slot',
    reason            LowCardinality(String) COMMENT 'why, or why not',
    state             LowCardinality(String) COMMENT 'state of the anomaly after this slot',
    since             DateTime64(3, 'UTC') CODEC(ZSTD(1)) COMMENT 'first slot of the candidacy, 1970 when there is none',
    held_slots        UInt32 CODEC(T64, ZSTD(1)) COMMENT 'evaluations in which it was a candidate since then',
    quiet_slots       UInt32 CODEC(T64, ZSTD(1)) COMMENT 'evaluations without a candidate since the last one',
    peak              UInt32 CODEC(T64, ZSTD(1)) COMMENT 'highest floor since then',
    told              UInt32 DEFAULT 0 CODEC(T64, ZSTD(1)) COMMENT 'floor when people were last told',
    fired             DateTime64(3, 'UTC') CODEC(ZSTD(1)) COMMENT 'slot in which it began to fire, 1970 when it did not',
    log_partition     UInt32 CODEC(ZSTD(1)) COMMENT 'the record that closed the slot',
    log_offset        UInt64 CODEC(Delta, ZSTD(1)) COMMENT 'the record that closed the slot'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(slot)
ORDER BY (service, fingerprint, slot)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row is one evaluation of one stack that grows or is watched';

CREATE TABLE IF NOT EXISTS {database}.anomalies
(
    service           LowCardinality(String) COMMENT 'label service, else the job name',
    fingerprint       UInt64 CODEC(ZSTD(1)) COMMENT 'identity of the normalised stack',
    slot              DateTime64(3, 'UTC') COMMENT 'slot in which the state changed',
    state             LowCardinality(String) COMMENT 'pending, firing, resolved, inactive',
    previous          LowCardinality(String) COMMENT 'the state before',
    verdict           LowCardinality(String) COMMENT 'suspect, probable, proven',
    reason            String COMMENT 'why the state changed, as a sentence',
    since             DateTime64(3, 'UTC') COMMENT 'first slot of the candidacy',
    goroutines        UInt32 COMMENT 'goroutines over all instances',
    instances         UInt32 COMMENT 'instances that were scraped',
    growing_instances UInt32 COMMENT 'instances on which the stack grows',
    worst_instance    LowCardinality(String) COMMENT 'instance with the fastest growth',
    floor             UInt32 COMMENT 'sum of the newest floors',
    growth_per_hour   Float64 COMMENT 'goroutines per hour over all instances',
    growth_low        Float64 COMMENT 'lower end of the 90 % interval',
    growth_high       Float64 COMMENT 'upper end of the 90 % interval',
    scale_slots       UInt32 COMMENT 'length of the span that was judged, in slots',
    score             Float64 COMMENT 'growth over its noise',
    first_version     LowCardinality(String) COMMENT 'label version of the first profile that showed the stack',
    first_seen        DateTime64(3, 'UTC') COMMENT 'slot of that profile',
    log_partition     UInt32 COMMENT 'the record that closed the slot',
    log_offset        UInt64 COMMENT 'the record that closed the slot'
)
ENGINE = ReplacingMergeTree
ORDER BY (service, fingerprint, slot)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row is one change of state';

CREATE TABLE IF NOT EXISTS {database}.tickets
(
    ticket_key  String COMMENT 'stable over the life of a leak',
    sink        LowCardinality(String) COMMENT 'name of the sink',
    service     LowCardinality(String) COMMENT 'label service, else the job name',
    fingerprint UInt64 COMMENT 'identity of the normalised stack',
    intent      LowCardinality(String) COMMENT 'state the ticket shall show: firing or resolved',
    slot        DateTime64(3, 'UTC') COMMENT 'slot of the change of state behind the intent',
    status      LowCardinality(String) COMMENT 'intended, delivered, parked',
    detail      String COMMENT 'where the ticket is, or why it could not be delivered',
    updated_at  DateTime64(3, 'UTC') COMMENT 'when this row was written'
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY (ticket_key, sink, slot)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row is the intent and state of one ticket in one sink; written before any call goes out';
