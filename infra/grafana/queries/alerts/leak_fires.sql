-- One number for each leak that fires: its goroutines. The labels stay the same for as long as it is one alert.
SELECT service, fingerprint, site, operation, first_version, toFloat64(goroutines) AS goroutines
FROM leaks_now
WHERE state = 'firing'
