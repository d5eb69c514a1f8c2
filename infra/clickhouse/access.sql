-- Who may do what, for a server whose users are made with SQL (access_management); users.xml says the same for one that
-- reads files. Paste it as an administrator; every statement may run twice. docs/operate/clickhouse.md explains it.

-- Processors and notifiers. DDL as well: they bring the schema up to date when they start.
CREATE ROLE IF NOT EXISTS leakstream_writer;
GRANT SELECT, INSERT, ALTER TABLE, ALTER VIEW, CREATE DATABASE, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW ON leakstream.* TO leakstream_writer;

-- People and scripts with a client of their own: they may set settings, within limits, and change nothing.
CREATE ROLE IF NOT EXISTS leakstream_reader;
GRANT SELECT ON leakstream.* TO leakstream_reader;
CREATE SETTINGS PROFILE IF NOT EXISTS leakstream_reader SETTINGS
    readonly = 2 CONST,
    max_execution_time = 60 MAX 600,
    max_memory_usage = 4000000000 MAX 4000000000,
    max_result_rows = 10000000 MAX 10000000,
    max_threads = 8 MAX 16
    TO leakstream_reader;
CREATE QUOTA IF NOT EXISTS leakstream_reader KEYED BY user_name
    FOR INTERVAL 1 minute MAX queries = 600, execution_time = 1200
    TO leakstream_reader;

-- Grafana runs any SQL that is typed into a panel. readonly = 1 refuses every setting that comes with a query, and its
-- client sends max_execution_time with each: without CHANGEABLE_IN_READONLY "Save & test" passes and every panel fails.
-- Raw profiles stay with those who have a reason: dumps may show what the service works on.
CREATE ROLE IF NOT EXISTS leakstream_grafana;
GRANT SELECT ON leakstream.* TO leakstream_grafana;
REVOKE SELECT(profile) ON leakstream.evidence FROM leakstream_grafana;
CREATE SETTINGS PROFILE IF NOT EXISTS leakstream_grafana SETTINGS
    readonly = 1,
    max_execution_time = 60 MAX 120 CHANGEABLE_IN_READONLY,
    max_memory_usage = 2000000000,
    max_result_rows = 1000000,
    max_concurrent_queries_for_user = 50
    TO leakstream_grafana;
CREATE QUOTA IF NOT EXISTS leakstream_grafana KEYED BY user_name
    FOR INTERVAL 1 minute MAX queries = 6000, execution_time = 2400
    TO leakstream_grafana;
