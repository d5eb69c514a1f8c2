-- One team that sees its own services and nothing of others: put in your names for leakstream_payments and the services,
-- once for each team. Views show what their tables show. Policies of several teams add up for who is in several.
--
-- A table that has a policy shows nothing to those whom no policy names, unless the server is told otherwise
-- (users_without_row_policies_can_read_rows): leakstream_everything keeps the other roles as they were.

CREATE ROLE IF NOT EXISTS leakstream_payments;
GRANT SELECT ON leakstream.* TO leakstream_payments;
REVOKE SELECT(profile) ON leakstream.evidence FROM leakstream_payments;
ALTER SETTINGS PROFILE leakstream_grafana TO leakstream_grafana, leakstream_payments;
ALTER QUOTA leakstream_grafana TO leakstream_grafana, leakstream_payments;

CREATE ROW POLICY IF NOT EXISTS leakstream_everything ON leakstream.anomalies
    FOR SELECT USING 1 TO leakstream_writer, leakstream_reader, leakstream_grafana;
CREATE ROW POLICY IF NOT EXISTS leakstream_payments ON leakstream.anomalies
    FOR SELECT USING service IN ('checkout', 'payments') TO leakstream_payments;

CREATE ROW POLICY IF NOT EXISTS leakstream_everything ON leakstream.benign
    FOR SELECT USING 1 TO leakstream_writer, leakstream_reader, leakstream_grafana;
CREATE ROW POLICY IF NOT EXISTS leakstream_payments ON leakstream.benign
    FOR SELECT USING service IN ('checkout', 'payments') TO leakstream_payments;

CREATE ROW POLICY IF NOT EXISTS leakstream_everything ON leakstream.counts
    FOR SELECT USING 1 TO leakstream_writer, leakstream_reader, leakstream_grafana;
CREATE ROW POLICY IF NOT EXISTS leakstream_payments ON leakstream.counts
    FOR SELECT USING service IN ('checkout', 'payments') TO leakstream_payments;

CREATE ROW POLICY IF NOT EXISTS leakstream_everything ON leakstream.counts_daily
    FOR SELECT USING 1 TO leakstream_writer, leakstream_reader, leakstream_grafana;
CREATE ROW POLICY IF NOT EXISTS leakstream_payments ON leakstream.counts_daily
    FOR SELECT USING service IN ('checkout', 'payments') TO leakstream_payments;

CREATE ROW POLICY IF NOT EXISTS leakstream_everything ON leakstream.counts_hourly
    FOR SELECT USING 1 TO leakstream_writer, leakstream_reader, leakstream_grafana;
CREATE ROW POLICY IF NOT EXISTS leakstream_payments ON leakstream.counts_hourly
    FOR SELECT USING service IN ('checkout', 'payments') TO leakstream_payments;

CREATE ROW POLICY IF NOT EXISTS leakstream_everything ON leakstream.evidence
    FOR SELECT USING 1 TO leakstream_writer, leakstream_reader, leakstream_grafana;
CREATE ROW POLICY IF NOT EXISTS leakstream_payments ON leakstream.evidence
    FOR SELECT USING service IN ('checkout', 'payments') TO leakstream_payments;

CREATE ROW POLICY IF NOT EXISTS leakstream_everything ON leakstream.evidence_requests
    FOR SELECT USING 1 TO leakstream_writer, leakstream_reader, leakstream_grafana;
CREATE ROW POLICY IF NOT EXISTS leakstream_payments ON leakstream.evidence_requests
    FOR SELECT USING service IN ('checkout', 'payments') TO leakstream_payments;

CREATE ROW POLICY IF NOT EXISTS leakstream_everything ON leakstream.growth
    FOR SELECT USING 1 TO leakstream_writer, leakstream_reader, leakstream_grafana;
CREATE ROW POLICY IF NOT EXISTS leakstream_payments ON leakstream.growth
    FOR SELECT USING service IN ('checkout', 'payments') TO leakstream_payments;

CREATE ROW POLICY IF NOT EXISTS leakstream_everything ON leakstream.instances
    FOR SELECT USING 1 TO leakstream_writer, leakstream_reader, leakstream_grafana;
CREATE ROW POLICY IF NOT EXISTS leakstream_payments ON leakstream.instances
    FOR SELECT USING service IN ('checkout', 'payments') TO leakstream_payments;

CREATE ROW POLICY IF NOT EXISTS leakstream_everything ON leakstream.label_counts
    FOR SELECT USING 1 TO leakstream_writer, leakstream_reader, leakstream_grafana;
CREATE ROW POLICY IF NOT EXISTS leakstream_payments ON leakstream.label_counts
    FOR SELECT USING service IN ('checkout', 'payments') TO leakstream_payments;

CREATE ROW POLICY IF NOT EXISTS leakstream_everything ON leakstream.memories
    FOR SELECT USING 1 TO leakstream_writer, leakstream_reader, leakstream_grafana;
CREATE ROW POLICY IF NOT EXISTS leakstream_payments ON leakstream.memories
    FOR SELECT USING service IN ('checkout', 'payments') TO leakstream_payments;

CREATE ROW POLICY IF NOT EXISTS leakstream_everything ON leakstream.rollup_hours
    FOR SELECT USING 1 TO leakstream_writer, leakstream_reader, leakstream_grafana;
CREATE ROW POLICY IF NOT EXISTS leakstream_payments ON leakstream.rollup_hours
    FOR SELECT USING service IN ('checkout', 'payments') TO leakstream_payments;

CREATE ROW POLICY IF NOT EXISTS leakstream_everything ON leakstream.scrapes
    FOR SELECT USING 1 TO leakstream_writer, leakstream_reader, leakstream_grafana;
CREATE ROW POLICY IF NOT EXISTS leakstream_payments ON leakstream.scrapes
    FOR SELECT USING service IN ('checkout', 'payments') TO leakstream_payments;

CREATE ROW POLICY IF NOT EXISTS leakstream_everything ON leakstream.stacks
    FOR SELECT USING 1 TO leakstream_writer, leakstream_reader, leakstream_grafana;
CREATE ROW POLICY IF NOT EXISTS leakstream_payments ON leakstream.stacks
    FOR SELECT USING service IN ('checkout', 'payments') TO leakstream_payments;

CREATE ROW POLICY IF NOT EXISTS leakstream_everything ON leakstream.ticket_moves
    FOR SELECT USING 1 TO leakstream_writer, leakstream_reader, leakstream_grafana;
CREATE ROW POLICY IF NOT EXISTS leakstream_payments ON leakstream.ticket_moves
    FOR SELECT USING service IN ('checkout', 'payments') TO leakstream_payments;

CREATE ROW POLICY IF NOT EXISTS leakstream_everything ON leakstream.tickets
    FOR SELECT USING 1 TO leakstream_writer, leakstream_reader, leakstream_grafana;
CREATE ROW POLICY IF NOT EXISTS leakstream_payments ON leakstream.tickets
    FOR SELECT USING service IN ('checkout', 'payments') TO leakstream_payments;

CREATE ROW POLICY IF NOT EXISTS leakstream_everything ON leakstream.verdicts
    FOR SELECT USING 1 TO leakstream_writer, leakstream_reader, leakstream_grafana;
CREATE ROW POLICY IF NOT EXISTS leakstream_payments ON leakstream.verdicts
    FOR SELECT USING service IN ('checkout', 'payments') TO leakstream_payments;
