-- The stack, from where it waits to where its goroutines begin.
WITH reinterpretAsUInt64(reverse(unhex(substring(${fingerprint:singlequote}, 4)))) AS wanted
SELECT
    place,
    frame,
    multiIf(
        place = 1, concat('waits here', if(operation = '', '', concat(': ', operation))),
        place = length(frames), 'goroutines begin here',
        place = own + 1, 'first of your own code',
        '') AS note
FROM
(
    SELECT operation, own, frames, arrayJoin(arrayEnumerate(frames)) AS place, toString(frames[place]) AS frame
    FROM stacks FINAL
    WHERE service = ${service:singlequote} AND fingerprint = wanted
)
ORDER BY place
