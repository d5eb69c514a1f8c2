"""When to stop: a limit on what may be put aside, per partition, in a row and as a share.

A few bad records among many cost themselves only. When everything is bad, something else is broken (a newer collector,
a wrong clock, a stranger on the topic), and it is better to stop than to drain the topic into the dead letters, as
arroyo's DlqLimit does. Tombstones count neither way: they hold nothing that could be lost. A malformed profile counts
as a good record: it is the fault of one target and already a row in the store, and one target must not stop the others.
"""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from schemas.outcomes import Reason


class DeadLettersError(Exception):
    """More went wrong than the limit allows; the message says how much, of what, the last problem and what to do."""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many in a row at most, and at most this share of the last `window_records` once there were so many."""

    consecutive: int = 250
    ratio: float = 0.5
    window_records: int = 1000


@dataclass(slots=True)
class Weighing:
    """What was met on one partition lately. `run` holds the reasons since the last good record."""

    limit: Limit
    run: Counter[Reason] = field(default_factory=Counter)
    window: deque[Reason | None] = field(default_factory=deque)
    refused: int = 0
    newest_offset: int = -1

    def observe(self, offset: int, reason: Reason | None) -> str:
        """Take in one record, None for a good one; say by how much the limit is passed, empty when it is not.

        An offset that was observed before changes nothing, so that a batch may be tried again.
        """
        if offset <= self.newest_offset or reason is Reason.TOMBSTONE:
            return ""
        self.newest_offset = offset
        self._slide(reason)
        if reason is None:
            self.run.clear()
            return ""
        self.run[reason] += 1
        if self.run.total() > self.limit.consecutive:
            return f"{self.run.total()} records in a row cannot be processed ({_list(self.run)})"
        if len(self.window) == self.limit.window_records and self.refused > self.limit.ratio * len(self.window):
            reasons = Counter(item for item in self.window if item is not None)
            return f"{self.refused} of {len(self.window)} records cannot be processed ({_list(reasons)})"
        return ""

    def _slide(self, reason: Reason | None) -> None:
        """Move the window on by one record."""
        self.window.append(reason)
        self.refused += reason is not None
        if len(self.window) > self.limit.window_records:
            self.refused -= self.window.popleft() is not None


def recall(limit: Limit, offset: int, dead: Iterable[tuple[int, Reason]]) -> Weighing:
    """Begin at an offset with the run of dead letters that ends right before it.

    So a restart does not put aside as many again before it stops: it stops where it stopped. The share begins anew.
    """
    reasons = dict(dead)
    weighing = Weighing(limit)
    while (before := offset - weighing.run.total() - 1) in reasons and weighing.run.total() < limit.consecutive:
        weighing.run[reasons[before]] += 1
    weighing.newest_offset = offset - 1
    return weighing


def explain_stop(what: str, partition: str, dead_topic: str, problem: str) -> str:
    """Say what stopped and what to do about it."""
    return (
        f"{partition}: {what}, so this stops rather than drain the topic into {dead_topic}; the last: {problem}. "
        "Look at them with `leakstream dead-letters list`, mend the cause and start again, "
        "or raise dead_letters.consecutive or dead_letters.ratio in the settings to pass over them"
    )


def _list(reasons: Counter[Reason]) -> str:
    """Write reasons with their numbers, the most frequent first.

    Example output: malformed_record 240, unknown_schema_version 11
    """
    return ", ".join(f"{reason.value} {number}" for reason, number in reasons.most_common())
