-- What is known and what to do, in order; who created the goroutines and how long they wait, as the newest dump says.
WITH reinterpretAsUInt64(reverse(unhex(substring(${fingerprint:singlequote}, 4)))) AS wanted
SELECT topic, text
FROM
(
    SELECT toFloat64(step) AS step, topic, text
    FROM runbook(service = ${service:singlequote}, fingerprint = ${fingerprint:singlequote})
    UNION ALL
    SELECT
        5.5 AS step,
        'created by' AS topic,
        concat(
            arrayStringConcat(
                arrayMap(pair -> concat(pair.1, ' (', toString(pair.2), ')'),
                    arraySort(pair -> -pair.2, JSONExtractKeysAndValues(stack, 'creators', 'Int64'))), ', '),
            if(waited = 0, '', concat('; waits up to ', toString(waited), ' minutes')),
            ', as the dump of ', instance, ' says') AS text
    FROM
    (
        SELECT
            instance,
            arrayJoin(JSONExtractArrayRaw(summary, 'stacks')) AS stack,
            arrayMax(arrayConcat([toInt64(0)], arrayMap(
                pair -> JSONExtractInt(pair, 1), JSONExtractArrayRaw(stack, 'waits', 'waited')))) AS waited
        FROM evidence FINAL
        WHERE service = ${service:singlequote} AND kind = 'goroutine-text' AND ok AND position(summary, ${fingerprint:singlequote}) > 0
        ORDER BY taken_at DESC
        LIMIT 1 BY JSONExtractString(stack, 'fingerprint')
    )
    WHERE JSONExtractString(stack, 'fingerprint') = ${fingerprint:singlequote} AND JSONLength(stack, 'creators') > 0
)
WHERE (SELECT count() FROM stacks WHERE service = ${service:singlequote} AND fingerprint = wanted) > 0
ORDER BY step
