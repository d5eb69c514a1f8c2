-- The newest slot in which an instance of a service answered; no row: none did.
SELECT max(scrapes.slot) AS slot
FROM scrapes FINAL
WHERE service = {service:String} AND ok AND scrapes.slot > {since:DateTime64(3)}
HAVING count() > 0
