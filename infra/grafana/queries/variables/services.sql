-- The services with a process in the chosen environments; with All, those too that never gave a profile.
SELECT service
FROM
(
    SELECT service
    FROM instances
    WHERE $__conditionalAll(
        coalesce(nullIf(labels['environment'], ''), nullIf(labels['env'], ''), '(none)') IN (${environment:singlequote}),
        $environment)
    UNION DISTINCT
    SELECT service
    FROM scrape_health
    WHERE $__conditionalAll(0, $environment)
)
ORDER BY service
