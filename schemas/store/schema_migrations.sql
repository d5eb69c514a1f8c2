-- Which migrations a store has seen. Written last by each of them, so one that was cut short runs again.

CREATE TABLE IF NOT EXISTS {database}.schema_migrations
(
    number     UInt32 COMMENT 'number of the migration',
    name       String COMMENT 'what it does',
    applied_at DateTime64(3, 'UTC') COMMENT 'when its last statement was done',
    checksum   String COMMENT 'SHA-256 of its text'
)
ENGINE = ReplacingMergeTree
ORDER BY number
COMMENT 'One row is one migration that was applied whole';
