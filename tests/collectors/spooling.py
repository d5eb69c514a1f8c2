"""What the tests of the spool share: numbered messages, and a spool read to its end."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from collectors.spool import Spool
from schemas.ports import Message

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
ROOMY_BYTES = 2**20


def at(seconds: float) -> datetime:
    """Give a time so long after noon."""
    return NOON + timedelta(seconds=seconds)


def numbered(first: int, count: int, size: int = 10) -> list[Message]:
    """Give messages of the service `s` whose values tell their numbers."""
    numbers = range(first, first + count)
    return [Message(b"s", str(number).encode().rjust(size), {"kind": b"profile"}) for number in numbers]


Opener = Callable[..., Spool]
"""Opens a spool in a folder; `size_bytes` is a MiB and `age_seconds` 64: a segment takes records for one second."""


def drain(spool: Spool) -> list[Message]:
    """Take everything that is left."""
    drained: list[Message] = []
    while batch := spool.peek(7, 1000):
        drained += batch
        spool.done(len(batch))
    return drained


def files_of(folder: Path) -> list[Path]:
    """Give the files that hold records, oldest first."""
    return sorted(folder.glob("*.spool"))
