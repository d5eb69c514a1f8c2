-- Goroutines an hour of each open leak, at least: the lower end of the interval.
SELECT service, fingerprint, site, operation, first_version, growth_low AS growth_low
FROM leaks_now
