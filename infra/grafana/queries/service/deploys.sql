-- The versions of the service, the newest first: since when, and what came with each.
SELECT version, since, previous, instances, processes, new_stacks, open_leaks
FROM deploys
WHERE service = ${service:singlequote}
ORDER BY since DESC, version
LIMIT 50
