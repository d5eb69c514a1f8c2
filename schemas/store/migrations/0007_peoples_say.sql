-- What people say of stacks: verdicts, and growth that is known and harmless.

CREATE TABLE IF NOT EXISTS {database}.verdicts
(
    service       LowCardinality(String) COMMENT 'label service, else the job name',
    fingerprint   UInt64 COMMENT 'identity of the stack',
    opinion       LowCardinality(String) COMMENT 'leak or benign',
    reason        String COMMENT 'why, in the words of who gave it',
    given_by      LowCardinality(String) COMMENT 'who gave it',
    given_at      DateTime64(3, 'UTC') COMMENT 'when it was given; the newest of a stack counts',
    up_to         UInt32 COMMENT 'goroutines over the service up to which it is benign, 0 for a leak',
    expires       DateTime64(3, 'UTC') COMMENT 'until when it is benign, 1970 where there is no end',
    log           LowCardinality(String) COMMENT 'identity of the log',
    log_partition UInt32 COMMENT 'where the record stands in the log',
    log_offset    UInt64 COMMENT 'where the record stands in the log'
)
ENGINE = ReplacingMergeTree
ORDER BY (service, fingerprint, given_at, log, log_partition, log_offset)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row is what one person said of one stack: leakstream verdict';

CREATE TABLE IF NOT EXISTS {database}.benign
(
    service     String DEFAULT '*' COMMENT 'glob of services: * stands for any text',
    fingerprint String DEFAULT '' COMMENT 'g1- and 16 hex digits, empty for any',
    site        String DEFAULT '*' COMMENT 'glob of the function it waits in',
    origin      String DEFAULT '*' COMMENT 'glob of the function its goroutines begin with',
    operation   String DEFAULT '*' COMMENT 'glob of what it waits on',
    frame       String DEFAULT '*' COMMENT 'glob that one of its functions must fit',
    owner       String COMMENT 'who answers for it',
    reason      String COMMENT 'why it is harmless',
    expires     DateTime64(3, 'UTC') COMMENT 'from then on it is judged as usual',
    up_to       UInt32 COMMENT 'goroutines over the service up to which it is harmless; 0 takes the entry out',
    added_at    DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when the row was added; the newest of the same stacks counts',
    CONSTRAINT fingerprint_is_one CHECK fingerprint = '' OR (length(fingerprint) = 19 AND match(fingerprint, '^g1-[0-9a-f]+$')),
    CONSTRAINT some_stacks_are_named CHECK concat(fingerprint, site, origin, operation, frame) != '****',
    CONSTRAINT somebody_answers CHECK owner != '' AND reason != ''
)
ENGINE = ReplacingMergeTree(added_at)
ORDER BY (service, fingerprint, site, origin, operation, frame)
COMMENT 'One row is an entry of the benign list that people insert; processors read it when they meet a service';
