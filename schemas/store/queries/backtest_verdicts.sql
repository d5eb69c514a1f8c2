-- The newest verdict of people on each stack; service '' means every one.
SELECT service, fingerprint, argMax(opinion, (given_at, log_offset)) AS opinion
FROM verdicts FINAL
WHERE {service:String} = '' OR service = {service:String}
GROUP BY service, fingerprint
ORDER BY service, fingerprint
