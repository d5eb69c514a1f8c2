"""Stored requests and evidence -> the memory of a service, as it was when the last of them was processed."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from processors.memory import ServiceMemory
from processors.summary_text import read_summary
from schemas.evidence import Taken
from schemas.model import Kind

Row = Mapping[str, object]


def remember_requests(memory: ServiceMemory, requests: Iterable[Row]) -> None:
    """Take in the rows of restore_requests.sql."""
    for row in requests:
        kinds = row["kinds"] if isinstance(row["kinds"], list | tuple) else ()
        asked = (int(str(row["fingerprint"])), str(row["instance"]), _time(row["slot"]))
        if Kind.HEAP in kinds:
            memory.asked_heap.note(*asked)
        if any(kind != Kind.HEAP for kind in kinds):
            memory.asked.note(*asked)


def read_taken(row: Row) -> Taken:
    """Read one weighed profile, a row of restore_evidence.sql."""
    return Taken(
        at=_time(row["taken_at"]),
        instance=str(row["instance"]),
        kind=Kind(str(row["kind"])),
        asked_for=int(str(row["fingerprint"])),
        summary=read_summary(str(row["summary"])),
    )


def _time(value: object) -> datetime:
    """Take a time from a stored row; anything else there is our mistake."""
    if not isinstance(value, datetime):
        raise TypeError(f"expected a time from the store, got {value!r}")
    return value
