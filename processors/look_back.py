"""A partition of a log -> its records, newest first, a few megabytes at a time."""

from collections.abc import Iterator

from schemas.ports import Log, Record

_FIRST_RECORDS = 16
_MOST_RECORDS = 500
_CHUNK_BYTES = 8 * 1024 * 1024


def look_back(log: Log, topic: str, partition: int) -> Iterator[Record]:
    """Give the records of a partition from its present end back to its oldest; offsets may have gaps."""
    first, end = log.bounds(topic, partition)
    step = _FIRST_RECORDS
    while end > first:
        start = max(first, end - step)
        found = [record for record in log.read(topic, partition, start, end - start) if record.position.offset < end]
        yield from reversed(found)
        end = start
        mean_bytes = sum(len(record.value or b"") for record in found) // max(1, len(found))
        step = max(1, min(_MOST_RECORDS, _CHUNK_BYTES // max(1, mean_bytes)))
