-- How fresh the data of each service is: its newest slot, its newest profile, and how many instances came.
SELECT service, max(last_slot) AS newest_slot, max(last_ok) AS newest_ok, count() AS instances
FROM scrape_health
GROUP BY service
ORDER BY service
