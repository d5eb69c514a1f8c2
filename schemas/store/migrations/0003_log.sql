-- Which log a position belongs to: offsets begin anew where a log is made anew or exchanged for another one, and rows of
-- before are the past then, whatever their offsets.

ALTER TABLE {database}.scrapes
    ADD COLUMN IF NOT EXISTS log LowCardinality(String) CODEC(ZSTD(1)) COMMENT 'identity of the log' AFTER life;

ALTER TABLE {database}.growth
    ADD COLUMN IF NOT EXISTS log LowCardinality(String) CODEC(ZSTD(1)) COMMENT 'identity of the log' AFTER fired;

ALTER TABLE {database}.anomalies
    ADD COLUMN IF NOT EXISTS log LowCardinality(String) COMMENT 'identity of the log' AFTER first_seen;
