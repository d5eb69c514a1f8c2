-- The evidence of every judgement as data: what was found beside what was asked for, by kind (docs/detection.md).

ALTER TABLE {database}.growth
    ADD COLUMN IF NOT EXISTS findings String CODEC(ZSTD(3)) COMMENT 'JSON: name, passed, value and limit of each kind of evidence; empty where none was kept' AFTER score;

ALTER TABLE {database}.anomalies
    ADD COLUMN IF NOT EXISTS findings String CODEC(ZSTD(3)) COMMENT 'JSON: name, passed, value and limit of each kind of evidence; empty where none was kept' AFTER score;
