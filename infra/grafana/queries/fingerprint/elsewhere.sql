-- The same stack in other services: shared code leaks in all of them.
WITH reinterpretAsUInt64(reverse(unhex(substring(${fingerprint:singlequote}, 4)))) AS wanted
SELECT
    s.service AS service,
    if(l.state = '', 'no open leak', l.state) AS state,
    l.goroutines AS goroutines,
    l.growth_per_hour AS growth_per_hour,
    s.first_version AS first_version,
    s.first_seen AS first_seen
FROM (SELECT service, first_version, first_seen FROM stacks FINAL WHERE fingerprint = wanted AND service != ${service:singlequote}) AS s
LEFT JOIN (SELECT service, state, goroutines, growth_per_hour FROM leaks_now WHERE fingerprint = ${fingerprint:singlequote}) AS l
    ON l.service = s.service
ORDER BY state = 'firing' DESC, state = 'pending' DESC, service
LIMIT 100
