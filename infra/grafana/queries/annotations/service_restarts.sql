-- Processes of the service that began, and how that was seen: a restart takes leaked goroutines away.
SELECT life AS time, concat('new process of ', instance, ', seen by ', began) AS text, 'restart' AS tags
FROM instances FINAL
WHERE service = ${service:singlequote} AND $__timeFilter(life) AND began != 'first_seen'
ORDER BY time DESC
LIMIT 200
