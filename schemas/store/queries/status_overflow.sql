-- The services that have more fingerprints than limits.fingerprints_per_service: how many are told apart, and what is
-- counted as their overflow in the newest slot that shows it.
SELECT
    s.service AS service,
    s.fingerprints AS fingerprints,
    concat('g1-', lower(leftPad(hex({overflow:UInt64}), 16, '0'))) AS overflow,
    s.since AS since,
    c.slot AS slot,
    c.goroutines AS goroutines
FROM
(
    SELECT
        service,
        uniqExactIf(fingerprint, fingerprint != {overflow:UInt64}) AS fingerprints,
        minIf(first_seen, fingerprint = {overflow:UInt64}) AS since,
        countIf(fingerprint = {overflow:UInt64}) AS overflows
    FROM stacks
    GROUP BY service
    HAVING overflows > 0
) AS s
LEFT JOIN
(
    SELECT service, counts.slot AS slot, sum(counts.goroutines) AS goroutines
    FROM counts FINAL
    WHERE fingerprint = {overflow:UInt64}
    GROUP BY service, slot
    ORDER BY slot DESC
    LIMIT 1 BY service
) AS c ON c.service = s.service
ORDER BY service
