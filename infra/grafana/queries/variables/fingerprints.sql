-- The stacks of a service: open leaks first, then what grows, then the newest. The first column is the value, the second
-- what the list shows.
SELECT
    concat('g1-', lower(leftPad(hex(s.fingerprint), 16, '0'))) AS id,
    concat(if(l.state = '', '', concat(l.state, ': ')), s.site, if(s.operation = '', '', concat(' (', s.operation, ')')), ' ', id) AS shown
FROM (SELECT fingerprint, site, operation, first_seen FROM stacks FINAL WHERE service = ${service:singlequote}) AS s
LEFT JOIN (SELECT fingerprint, state FROM leaks_now WHERE service = ${service:singlequote}) AS l ON l.fingerprint = id
LEFT JOIN (SELECT fingerprint, growth_low FROM top_growing WHERE service = ${service:singlequote}) AS g
    ON g.fingerprint = id
ORDER BY l.state = 'firing' DESC, l.state = 'pending' DESC, g.growth_low DESC, s.first_seen DESC, id
LIMIT 10000
