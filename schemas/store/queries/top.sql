-- What grows, worst first: the newest evaluation of each stack within a window before the newest slot.
-- service '' means every service.
SELECT
    g.service AS service,
    concat('g1-', lower(leftPad(hex(g.fingerprint), 16, '0'))) AS fingerprint,
    s.site AS site, s.operation AS operation, s.origin AS origin, s.frames AS frames,
    g.goroutines AS goroutines, g.growth_per_hour AS growth_per_hour, g.growth_low AS growth_low,
    g.growth_high AS growth_high, g.floor AS floor, g.instances AS instances,
    g.growing_instances AS growing_instances, g.worst_instance AS worst_instance, g.score AS score,
    g.candidate AS candidate, g.reason AS reason, g.state AS state, g.since AS since,
    s.first_seen AS first_seen, s.first_version AS first_version, g.slot AS slot
FROM
(
    SELECT *
    FROM growth FINAL
    WHERE ({service:String} = '' OR service = {service:String})
        AND slot > (SELECT max(slot) FROM growth) - toIntervalSecond({window_seconds:UInt32})
    ORDER BY slot DESC
    LIMIT 1 BY service, fingerprint
) AS g
LEFT JOIN (SELECT * FROM stacks FINAL) AS s ON s.service = g.service AND s.fingerprint = g.fingerprint
ORDER BY growth_low DESC, growth_per_hour DESC, service, fingerprint
LIMIT {limit:UInt32}
