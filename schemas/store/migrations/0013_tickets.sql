-- Where each ticket stands and how it came there: written before anything is told to anybody. What a sink was asked to
-- do stands in `tickets`, a row for each of these moves.

CREATE TABLE IF NOT EXISTS {database}.ticket_moves
(
    ticket_key    String COMMENT 'stable over the life of a leak: environment, service and fingerprint',
    number        UInt32 COMMENT 'of the move, from 1',
    service       LowCardinality(String) COMMENT 'label service, else the job name',
    fingerprint   UInt64 COMMENT 'identity of the normalised stack',
    generation    UInt32 COMMENT '1, and one more for each ticket that followed a closed one',
    state         LowCardinality(String) COMMENT 'after the move: new, ongoing, escalating, regressed, recovered, archived, wont_fix, closed',
    act           LowCardinality(String) COMMENT 'what sinks have to do: nothing, open, update, comment, close, reopen',
    reason        String COMMENT 'why, as people read it',
    at            DateTime64(3, 'UTC') COMMENT 'the slot whose data decided it, else the time of day',
    seen          DateTime64(3, 'UTC') COMMENT 'the newest slot that counted; older data changes nothing',
    opened_at     DateTime64(3, 'UTC') COMMENT 'when this ticket was opened',
    changed_at    DateTime64(3, 'UTC') COMMENT 'when the state changed',
    closed_at     DateTime64(3, 'UTC') COMMENT 'when it was closed; 1970: it is not',
    closed_by     String COMMENT 'the person who closed it; empty: it is not closed, or nobody did',
    fixed_in      String COMMENT 'the version that a person named when closing it',
    above         UInt64 COMMENT 'an archived ticket stays shut up to so many goroutines',
    told          UInt64 COMMENT 'how many goroutines people were told of last',
    shown         LowCardinality(String) COMMENT 'what sinks show: no, open, shut',
    hidden        LowCardinality(String) COMMENT 'why sinks are told nothing now: budget, maintenance, off; empty: they are told',
    anomaly       String CODEC(ZSTD(3)) COMMENT 'the newest change of state of the leak, as it stands in the log, in base64',
    log_partition UInt32 COMMENT 'the partition of the anomalies of its service',
    decided_at    DateTime64(3, 'UTC') COMMENT 'when this row was written'
)
ENGINE = ReplacingMergeTree(decided_at)
ORDER BY (ticket_key, number)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row is one decision on one ticket; the newest says where it stands';

-- dangerous: MODIFY KEY: a new column at the end of the key, with one value for all rows that are there, moves none
ALTER TABLE {database}.tickets
    ADD COLUMN IF NOT EXISTS number UInt32 COMMENT 'of the move in ticket_moves; 0: written before there were moves' AFTER sink,
    ADD COLUMN IF NOT EXISTS act LowCardinality(String) COMMENT 'what the sink has to do: open, update, comment, close, reopen' AFTER intent,
    ADD COLUMN IF NOT EXISTS reference String COMMENT 'where the ticket is in the sink, as the sink said' AFTER detail,
    ADD COLUMN IF NOT EXISTS attempts UInt32 COMMENT 'how often it was tried' AFTER reference,
    MODIFY ORDER BY (ticket_key, sink, slot, number);

CREATE OR REPLACE VIEW {database}.tickets_now
(
    ticket_key      String COMMENT 'stable over the life of a leak: environment, service and fingerprint',
    service         String COMMENT 'label service, else the job name',
    fingerprint     String COMMENT 'identity of the normalised stack: g1- and 16 hex digits',
    state           String COMMENT 'new, ongoing, escalating, regressed, recovered, archived, wont_fix, closed',
    reason          String COMMENT 'why the newest decision was made, as people read it',
    opened_at       DateTime64(3, 'UTC') COMMENT 'when this ticket was opened',
    changed_at      DateTime64(3, 'UTC') COMMENT 'when the state changed',
    closed_by       String COMMENT 'the person who closed it; empty: it is not closed, or nobody did',
    fixed_in        String COMMENT 'the version that a person named when closing it',
    hidden          String COMMENT 'why sinks are told nothing now: budget, maintenance, off; empty: they are told',
    goroutines_told UInt64 COMMENT 'how many goroutines people were told of last',
    decisions       UInt32 COMMENT 'how many decisions there were so far'
)
AS
SELECT
    ticket_key,
    service,
    concat('g1-', lower(leftPad(hex(fingerprint), 16, '0'))) AS fingerprint,
    state,
    reason,
    opened_at,
    changed_at,
    closed_by,
    fixed_in,
    hidden,
    told AS goroutines_told,
    number AS decisions
FROM {database}.ticket_moves FINAL
ORDER BY ticket_key, number DESC
LIMIT 1 BY ticket_key
COMMENT 'One row is one ticket as it stands now';
