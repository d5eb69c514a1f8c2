-- Every stack of one service; rows from beyond the position in the log are harmless, they only name things.
SELECT fingerprint, operation, site, origin, frames, first_seen, first_version, first_instance, own
FROM stacks FINAL
WHERE service = {service:String}
ORDER BY fingerprint
