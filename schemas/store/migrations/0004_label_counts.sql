-- Who holds a stack: goroutines per value of the pprof labels that the settings keep. Empty unless they keep any.
-- A value that is gone has no row: labels are read for one slot at a time, and never judged.

CREATE TABLE IF NOT EXISTS {database}.label_counts
(
    service     LowCardinality(String) CODEC(ZSTD(1)) COMMENT 'label service of the target, else the job name',
    fingerprint UInt64 CODEC(ZSTD(1)) COMMENT 'identity of the normalised stack',
    key         LowCardinality(String) CODEC(ZSTD(1)) COMMENT 'key of the pprof label, one of profile_labels.keep',
    value       LowCardinality(String) CODEC(ZSTD(1)) COMMENT 'its value as it left the collector; (other) for too many or too long',
    instance    LowCardinality(String) CODEC(ZSTD(1)) COMMENT 'label instance of the target, else host:port',
    slot        DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)) COMMENT 'scrape time rounded down to the interval',
    goroutines  UInt32 CODEC(DoubleDelta, ZSTD(1)) COMMENT 'goroutines in this stack under this value'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(slot)
ORDER BY (service, fingerprint, key, value, instance, slot)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row is one value of a kept pprof label on one stack of one instance in one slot';
