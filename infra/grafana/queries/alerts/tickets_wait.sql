-- Tickets of each sink that were meant and did not arrive. A sink whose tickets all arrived counts 0.
SELECT sink, toFloat64(countIf(status IN ('intended', 'parked'))) AS tickets
FROM tickets FINAL
GROUP BY sink
