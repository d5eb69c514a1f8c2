-- The counts of one service in the scrapes that restore_scrapes.sql gives and that were ok; same parameters.
SELECT instance, fingerprint, slot, goroutines
FROM counts FINAL
WHERE service = {service:String}
    AND slot > {since:DateTime64(3)}
    AND (instance, slot) GLOBAL IN
    (
        SELECT instance, slot
        FROM scrapes FINAL
        WHERE service = {service:String}
            AND (log != {log:String} OR log_partition != {log_partition:UInt32} OR log_offset < {log_offset:UInt64})
            AND ok
            AND slot > {since:DateTime64(3)}
    )
ORDER BY fingerprint, instance, slot
