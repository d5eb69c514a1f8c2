-- The environments of processes: label environment of their targets, else env.
SELECT DISTINCT coalesce(nullIf(labels['environment'], ''), nullIf(labels['env'], ''), '(none)') AS environment
FROM instances
ORDER BY environment
