"""Stored requests and evidence -> the memory of a service, as it was when the last of them was processed."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from processors.memory import ServiceMemory
from processors.summary_text import read_summary
from processors.take_evidence import remember
from schemas.evidence import Taken
from schemas.model import Kind

Row = Mapping[str, object]


def remember_evidence(memory: ServiceMemory, requests: Iterable[Row], evidence: Iterable[Row]) -> None:
    """Take in the rows of restore_requests.sql and restore_evidence.sql."""
    for row in requests:
        memory.asked.note(int(str(row["fingerprint"])), str(row["instance"]), _time(row["slot"]))
    remember(memory, [_taken(row) for row in evidence])


def _taken(row: Row) -> Taken:
    """Read one weighed profile."""
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
