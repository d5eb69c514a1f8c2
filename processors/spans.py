"""records -> the offsets they span in each partition."""

from collections.abc import Sequence

from schemas.ports import Record


def find_spans(records: Sequence[Record]) -> dict[int, tuple[int, int]]:
    """Give the first and the last offset of each partition."""
    spans: dict[int, tuple[int, int]] = {}
    for record in records:
        at = record.position
        first, last = spans.get(at.partition, (at.offset, at.offset))
        spans[at.partition] = (min(first, at.offset), max(last, at.offset))
    return spans
