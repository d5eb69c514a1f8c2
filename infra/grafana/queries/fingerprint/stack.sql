-- The stack, from where it waits to where its goroutines begin.
WITH reinterpretAsUInt64(reverse(unhex(substring(${fingerprint:singlequote}, 4)))) AS wanted
SELECT
    place,
    frame,
    arrayStringConcat(arrayFilter(word -> word != '', [
        if(place = 1, concat('waits here', if(operation = '', '', concat(': ', operation))), ''),
        if(place = own + 1, 'first of your own code', ''),
        if(place = length(frames), 'goroutines begin here', '')]), '; ') AS note
FROM
(
    SELECT operation, own, frames, arrayJoin(arrayEnumerate(frames)) AS place, toString(frames[place]) AS frame
    FROM stacks FINAL
    WHERE service = ${service:singlequote} AND fingerprint = wanted
)
ORDER BY place
