-- Versions that followed another one.
SELECT since AS time, concat(service, ' ', version, ' after ', previous) AS text, 'deploy' AS tags
FROM deploys
WHERE $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(
        service GLOBAL IN (
            SELECT service FROM instances
            WHERE coalesce(nullIf(labels['environment'], ''), nullIf(labels['env'], ''), '(none)') IN (${environment:singlequote})),
        $environment)
    AND $__timeFilter(since)
    AND previous != ''
ORDER BY time DESC
LIMIT 200
