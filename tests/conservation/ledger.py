"""What targets served, held against what the log holds: each profile is there, or its loss has a reason. Pure.

A profile that a collector held in memory when it was killed, and that no log and no spool had taken yet, is gone: the
dead count nothing. Such losses are excused only for the time that an append may take before the kill; those of a scrape
that failed only by a record that says so.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from processors.decode import decode
from schemas.model import FailureReason, ScrapedProfile
from schemas.ports import Record
from schemas.wire.codec import decode_profile

SEQUENCE = "main.sequence"
_SLACK_SECONDS = 0.5

Served = Mapping[int, Mapping[int, float]]
"""Port -> serial -> when it was served, in Unix seconds."""


@dataclass(frozen=True, slots=True)
class Window:
    """A time in which profiles of a port (0: of any) may be lost, and why."""

    port: int
    start: float
    end: float
    why: str

    def covers(self, port: int, moment: float) -> bool:
        """Say whether a loss is excused."""
        return self.port in (0, port) and self.start <= moment <= self.end


@dataclass(frozen=True, slots=True)
class Ledger:
    """How many profiles were served and recorded, how many losses each reason excuses, and which have none."""

    served: int
    recorded: int
    repeated: int
    excused: Mapping[str, int]
    violations: tuple[str, ...]


def read_served(lines: Iterable[str]) -> dict[int, dict[int, float]]:
    """Read what the targets wrote; a line that was cut off by a kill is left out."""
    served: dict[int, dict[int, float]] = {}
    for line in lines:
        parts = line.split()
        if len(parts) == 3 and line.endswith("\n"):
            served.setdefault(int(parts[0]), {})[int(parts[1])] = float(parts[2])
    return served


def find_serials(records: Iterable[Record]) -> Counter[tuple[int, int]]:
    """Count how often each (port, serial) stands in the log."""
    return Counter((_port(scraped), serial) for scraped in _attempts(records) if (serial := _serial(scraped)))


def find_failures(records: Iterable[Record], timeout_seconds: float) -> list[Window]:
    """Give the time of each scrape that failed: what was served in it did not arrive, and the record says so."""
    return [
        Window(
            _port(scraped),
            scraped.scraped_at.timestamp() - _SLACK_SECONDS,
            scraped.scraped_at.timestamp() + timeout_seconds + _SLACK_SECONDS,
            f"failed scrape: {scraped.failure.value}",
        )
        for scraped in _attempts(records)
        if scraped.failure is not None and scraped.failure is not FailureReason.SKIPPED
    ]


def balance(served: Served, recorded: Counter[tuple[int, int]], excuses: Sequence[Window]) -> Ledger:
    """Hold what was served against what is recorded."""
    excused: Counter[str] = Counter()
    violations = []
    for port, serials in served.items():
        for serial, moment in serials.items():
            if (port, serial) in recorded:
                continue
            why = next((window.why for window in excuses if window.covers(port, moment)), None)
            if why is None:
                violations.append(f"profile {serial} of port {port}, served at {moment:.3f}, is nowhere")
            else:
                excused[why] += 1
    unknown = [key for key in recorded if key[1] not in served.get(key[0], {})]
    violations += [f"profile {serial} of port {port} was never served" for port, serial in sorted(unknown)]
    total = sum(map(len, served.values()))
    return Ledger(total, len(recorded), recorded.total() - len(recorded), dict(excused), tuple(violations))


def _attempts(records: Iterable[Record]) -> Iterator[ScrapedProfile]:
    """Read the records that can be read."""
    for record in records:
        scraped = decode_profile(record)
        if isinstance(scraped, ScrapedProfile):
            yield scraped


def _port(scraped: ScrapedProfile) -> int:
    """Give the port of a target."""
    return int(scraped.instance.rpartition(":")[2])


def _serial(scraped: ScrapedProfile) -> int:
    """Give the number of a profile, 0 where there is none."""
    if scraped.profile is None:
        return 0
    return next(
        (
            stack.count
            for stack in decode(scraped.profile).stacks
            if any(frame.function == SEQUENCE for frame in stack.frames)
        ),
        0,
    )
