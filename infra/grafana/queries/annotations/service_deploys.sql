-- Versions of the service; the first one known is no deploy.
SELECT
    since AS time,
    concat('deploy of ', version, ' after ', previous, ': ', toString(new_stacks), ' new stacks, ', toString(open_leaks),
        ' open leaks') AS text,
    'deploy' AS tags
FROM deploys
WHERE service = ${service:singlequote} AND $__timeFilter(since) AND previous != ''
ORDER BY time DESC
LIMIT 200
