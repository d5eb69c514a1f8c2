-- The number of the newest decision on a ticket; no row: there is none.
SELECT max(number) AS number
FROM ticket_moves
WHERE ticket_key = {ticket_key:String}
HAVING count() > 0
