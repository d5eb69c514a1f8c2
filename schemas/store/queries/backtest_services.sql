-- The services that were scraped within a window before the newest slot of the store, with the window; '' means every one.
WITH (SELECT max(slot) FROM scrapes) AS newest
SELECT service, newest - toIntervalSecond({window_seconds:UInt32}) AS begin, newest AS end, count() AS scrapes
FROM scrapes FINAL
WHERE slot > newest - toIntervalSecond({window_seconds:UInt32}) AND ({service:String} = '' OR service = {service:String})
GROUP BY service
ORDER BY service
