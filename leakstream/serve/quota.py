"""What each user of the door may take within an interval, and took. Pure: the time is an argument.

A statement is counted when it begins and what it took when it ends, so the last one of an interval may go over.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from leakstream.serve.handle import StatementError

QUOTA_EXCEEDED = 201


@dataclass(frozen=True, slots=True)
class Quota:
    """What may be taken within an interval; 0 is no limit."""

    interval_seconds: float = 3600.0
    queries: int = 0
    read_rows: int = 0
    result_rows: int = 0
    execution_seconds: float = 0.0


@dataclass(slots=True)
class _Taken:
    """What one user took since `begun`, in seconds of a clock that never goes back."""

    begun: float
    queries: int = 0
    read_rows: int = 0
    result_rows: int = 0
    execution_seconds: float = 0.0


_QUANTITIES: tuple[tuple[str, Callable[[Quota], float], Callable[[_Taken], float]], ...] = (
    ("queries", lambda quota: quota.queries, lambda taken: taken.queries),
    ("read_rows", lambda quota: quota.read_rows, lambda taken: taken.read_rows),
    ("result_rows", lambda quota: quota.result_rows, lambda taken: taken.result_rows),
    ("execution_time", lambda quota: quota.execution_seconds, lambda taken: taken.execution_seconds),
)


@dataclass(slots=True)
class Ledger:
    """What each user took in the interval that runs; users are those of the settings, so it stays small."""

    taken: dict[str, _Taken] = field(default_factory=dict)

    def begin(self, name: str, quota: Quota, now: float) -> None:
        """Count a statement; raises StatementError when the user took all of a quantity already."""
        taken = self.taken.setdefault(name, _Taken(now))
        if now - taken.begun >= quota.interval_seconds:
            taken = self.taken[name] = _Taken(now)
        for what, most, used in _QUANTITIES:
            if 0 < most(quota) <= used(taken):
                left = taken.begun + quota.interval_seconds - now
                raise StatementError(
                    QUOTA_EXCEEDED,
                    f"Quota of the user `{name}` for {quota.interval_seconds:g}s has been exceeded: "
                    f"{what} = {used(taken):g}/{most(quota):g}. Interval will end in {left:.0f}s. "
                    "(QUOTA_EXCEEDED)",
                )
        taken.queries += 1

    def end(self, name: str, *, read_rows: int, result_rows: int, seconds: float) -> None:
        """Count what a statement took; it may go over, as the end of a statement is not known before."""
        taken = self.taken[name]
        taken.read_rows += read_rows
        taken.result_rows += result_rows
        taken.execution_seconds += seconds
