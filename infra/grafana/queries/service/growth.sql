-- Every stack of the service that grows or is watched: leaks first, then the surest growth.
SELECT
    g.state AS state,
    l.verdict AS verdict,
    g.operation AS operation,
    g.site AS site,
    g.origin AS origin,
    g.goroutines AS goroutines,
    g.growth_per_hour AS growth_per_hour,
    g.growth_low AS growth_low,
    g.growth_high AS growth_high,
    concat(toString(g.growing_instances), ' of ', toString(g.instances)) AS growing_instances,
    g.worst_instance AS worst_instance,
    if(g.since = 0, NULL, g.since) AS since,
    g.first_version AS first_version,
    g.reason AS reason,
    g.fingerprint AS fingerprint
FROM (SELECT * FROM top_growing WHERE service = ${service:singlequote}) AS g
LEFT JOIN (SELECT fingerprint, verdict FROM leaks_now WHERE service = ${service:singlequote}) AS l
    ON l.fingerprint = g.fingerprint
ORDER BY state = 'firing' DESC, state = 'pending' DESC, growth_low DESC, fingerprint
LIMIT 200
