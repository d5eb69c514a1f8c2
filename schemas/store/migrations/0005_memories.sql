-- What a processor learned of a service, so that a restart or a move to another processor forgets nothing.

CREATE TABLE IF NOT EXISTS {database}.memories
(
    service       LowCardinality(String) COMMENT 'label service, else the job name',
    slot          DateTime64(3, 'UTC') COMMENT 'slot of the record after which it was taken',
    state         String CODEC(ZSTD(3)) COMMENT 'the memory of the service: a deflated numpy archive in base64',
    log           LowCardinality(String) COMMENT 'identity of the log',
    log_partition UInt32 COMMENT 'where the record stands in the log',
    log_offset    UInt64 COMMENT 'where the record stands in the log',
    written_at    DateTime DEFAULT now() COMMENT 'when this row was written'
)
ENGINE = ReplacingMergeTree
ORDER BY (service, slot)
TTL written_at + INTERVAL 2 DAY
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row is the memory of one service after one record';

ALTER TABLE {database}.scrapes
    ADD COLUMN IF NOT EXISTS process_start DateTime64(3, 'UTC') CODEC(ZSTD(1)) COMMENT 'start of the process where the target says it, else 1970' AFTER version,
    ADD COLUMN IF NOT EXISTS labels Map(LowCardinality(String), String) CODEC(ZSTD(1)) COMMENT 'labels of the target' AFTER process_start;

ALTER TABLE {database}.stacks
    ADD COLUMN IF NOT EXISTS own Int16 DEFAULT -1 COMMENT 'index of the first frame of the own code of the service, -1 where there is none' AFTER first_instance;
