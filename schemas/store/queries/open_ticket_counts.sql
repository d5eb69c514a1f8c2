-- How many tickets sinks show as open, by service, but for the roll-up.
SELECT service, count() AS tickets
FROM
(
    SELECT service, shown
    FROM ticket_moves FINAL
    WHERE ticket_key != {roll_up:String}
    ORDER BY ticket_key, number DESC
    LIMIT 1 BY ticket_key
)
WHERE shown = 'open'
GROUP BY service
ORDER BY service
