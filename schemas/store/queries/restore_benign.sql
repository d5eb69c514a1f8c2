-- The benign list of the store, entries that were taken out left out.
SELECT service, fingerprint, site, origin, operation, frame, owner, reason, expires, up_to
FROM benign FINAL
WHERE up_to > 0
ORDER BY service, fingerprint, site, origin, operation, frame
