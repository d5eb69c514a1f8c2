-- How many leaks are open, by service and state.
SELECT service, state, count() AS leaks
FROM leaks_now
GROUP BY service, state
ORDER BY service, state
