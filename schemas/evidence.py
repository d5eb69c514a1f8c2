"""The nouns of the evidence step: what is asked of a suspect's worst instance, and what it said.

Everything here is a frozen value. Waits are whole minutes as the runtime writes them: they begin with the first garbage
collection that meets the goroutine blocked, so they are up to some minutes short, and never too long.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import sqrt
from types import MappingProxyType

from schemas.heap import HeapReading
from schemas.model import Kind

Histogram = tuple[tuple[int, int], ...]
"""(minutes, goroutines), minutes rising."""

LAG_MINUTES = 3
"""A wait is counted from the next garbage collection on, forced after two minutes at the latest, in whole minutes:
forcegcperiod in src/runtime/proc.go, gp.waitsince in src/runtime/mgcmark.go."""
_SHORTEST_AGE_MINUTES = 5
_FEWEST = 5
_OLDER = 1.25
_MOST_OF_A_LEAK = 0.4
_LITTLE = 0.1


@dataclass(frozen=True, slots=True)
class EvidenceRequest:
    """Evidence wanted of one instance: `kinds` in the order in which to take them.

    `slot` is the slot at whose end it was wanted, `goroutines` all of the instance's in its newest profile and
    `lock_waiters` those of them that wait for a lock or a WaitGroup; `life` is the first slot of its process, None
    where that is not known.
    """

    service: str
    instance: str
    fingerprint: int
    kinds: tuple[Kind, ...]
    slot: datetime
    goroutines: int
    life: datetime | None = None
    lock_waiters: int = 0


class Stay(StrEnum):
    """What the goroutines of a stack do, seen in one dump."""

    STUCK = "stuck"
    LOOPING = "looping"
    TURNING_OVER = "turning over"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Staying:
    """A judgement of waits: `share` of the goroutines speaks for it, 0 where nothing does; `reason` is a sentence."""

    stay: Stay
    share: float
    reason: str


_SENTENCES: Mapping[tuple[Stay, bool], str] = MappingProxyType(
    {
        (Stay.STUCK, False): "goroutines have waited for at least",
        (Stay.UNKNOWN, False): "goroutines, some and not most, have waited for at least",
        (Stay.LOOPING, True): "goroutines wait shortly but are, by their numbers, older than",
        (Stay.UNKNOWN, True): "goroutines, some and not most, are by their numbers older than",
        (Stay.TURNING_OVER, False): "goroutines come and go: they are younger than",
    }
)
"""By the word, and whether numbers speak for it instead of waits."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long the goroutines of one stack have waited in one dump.

    `waited` holds those whose wait is known, below a minute as 0. `unknown` counts those without one: the runtime
    erases it when it calls a goroutine leaked. `aged` holds ages in minutes estimated from goroutine numbers, which
    rise with creation; empty where nothing in the dump tells how fast. `clock_minutes` is the longest wait of any
    goroutine of the dump: nothing older can be seen.
    """

    waited: Histogram = ()
    unknown: int = 0
    aged: Histogram = ()
    clock_minutes: int = 0

    @property
    def goroutines(self) -> int:
        """Give how many there are, waits known or not."""
        return self.unknown + _total(self.waited)

    @property
    def longest_minutes(self) -> int | None:
        """Give the longest wait, None where none is known."""
        return self.waited[-1][0] if self.waited else None

    @property
    def median_minutes(self) -> int | None:
        """Give the lower median of the waits, None where none is known."""
        return _quantile(self.waited, 0.5)

    def share_waiting(self, minutes: float) -> float:
        """Give the share, of those whose wait is known, that has waited at least so long; 0 where none is known."""
        return _share(self.waited, minutes)

    def stuck(self, age_minutes: float, grown: float | None = None, grown_minutes: float | None = None) -> Staying:
        """Judge whether the goroutines that came since the growth began, so many minutes ago, stay.

        Goroutines that arrive evenly and stay have waits spread evenly over that time: three quarters of them have
        waited for more than a quarter of it, and of those of a leak that doubles every third of it still 0.45. Under
        load they leave, and next to none has. One that loops wakes up and waits shortly, but its number is as old as
        the growth. Those that waited before the growth began are no part of it. It has `grown` by so many in the last
        `grown_minutes` (None: since it began): where more that came in that time stay, as many others left, as sessions
        and leases do, which stay for long, and go.
        """
        came = tuple(item for item in self.waited if item[0] < _OLDER * age_minutes + LAG_MINUTES)
        unknown = self._refuse(came, age_minutes)
        if unknown:
            return Staying(Stay.UNKNOWN, 0.0, unknown)
        quarter = max(1.0, (age_minutes - LAG_MINUTES) / 4)
        aged = tuple(item for item in self.aged if item[0] < _OLDER * age_minutes + LAG_MINUTES)
        waiting, there = _share(came, quarter), _share(aged, quarter)
        if waiting > _LITTLE:
            stay, share = (Stay.STUCK if waiting >= _MOST_OF_A_LEAK else Stay.UNKNOWN), waiting
        elif _total(aged) < _FEWEST or self.clock_minutes < quarter:
            return Staying(Stay.UNKNOWN, 0.0, "they wait shortly, and nothing in the dump tells how old they are")
        elif there > _LITTLE:
            stay, share = (Stay.LOOPING if there >= _MOST_OF_A_LEAK else Stay.UNKNOWN), there
        else:
            stay, share = Stay.TURNING_OVER, 1 - waiting
        seen_to_come = (age_minutes if grown_minutes is None else grown_minutes) - LAG_MINUTES
        during = tuple(item for item in (came if stay is Stay.STUCK else aged) if item[0] < seen_to_come)
        stayed = _count(during, quarter)
        if stay in (Stay.STUCK, Stay.LOOPING) and grown is not None and stayed > _most_of(grown):
            left = f"{stayed} goroutines came and stay where it grew by {grown:.0f}: as many others left"
            return Staying(Stay.TURNING_OVER, 1 - max(grown, 0.0) / stayed, left)
        what = _SENTENCES[stay, waiting <= _LITTLE and stay is not Stay.TURNING_OVER]
        span = f"{quarter:.0f} minutes, a quarter of the growth's {age_minutes:.0f}"
        seen = _total(aged if waiting <= _LITTLE else came)
        return Staying(stay, share if stay is not Stay.UNKNOWN else 0.0, f"{share:.0%} of {seen} {what} {span}")

    def _refuse(self, came: Histogram, age_minutes: float) -> str:
        """Say why these waits tell nothing of those that came; empty when they do."""
        if age_minutes < _SHORTEST_AGE_MINUTES:
            return f"the growth is {age_minutes:.0f} minutes old, and waits are whole minutes, {LAG_MINUTES} late"
        if self.unknown > _total(self.waited):
            return f"the waits of {self.unknown} goroutines are not known: a goroutineleak profile erased them"
        return f"only {_total(came)} goroutines came since the growth began" if _total(came) < _FEWEST else ""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What evidence says of one stack of one service, the newest of each kind.

    `proven` is how many goroutines the runtime itself called leaked, None while it was not asked; 0: it was, and they
    were not among them, which clears nothing (it proves half of all leaks). `waits` is None without a dump.
    `at` is when the newest of both was taken, `instance` where.
    """

    proven: int | None
    waits: Waits | None
    at: datetime
    instance: str


@dataclass(frozen=True, slots=True)
class StackWeight:
    """What one profile of evidence says of one stack. `leaked` is the runtime's word, `creators` most goroutines first.

    Creators are functions that began the goroutines with how many; empty where the profile has none.
    """

    fingerprint: int
    goroutines: int
    leaked: int = 0
    waits: Waits | None = None
    creators: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """What one profile of evidence says: its stacks, most goroutines first.

    `left_out` counts goroutines that the runtime called leaked and that are not, by why; `problems` counts parts that
    could not be read. `whole`: it names every leaked stack of its process, so that the others were not leaked.
    `heap` is what a heap profile says, None in all others; it has no stacks.
    """

    stacks: tuple[StackWeight, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    problems: int = 0
    whole: bool = False
    heap: HeapReading | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """One profile of evidence that was weighed: when, where, for which fingerprint it was asked, 0 for none."""

    at: datetime
    instance: str
    kind: Kind
    asked_for: int
    summary: Summary


def _total(histogram: Histogram) -> int:
    """Count the goroutines."""
    return sum(count for _, count in histogram)


def _count(histogram: Histogram, minutes: float) -> int:
    """Count the goroutines at or above so many minutes."""
    return sum(count for at, count in histogram if at >= minutes)


def _most_of(grown: float) -> float:
    """Give the most goroutines that may have stayed for longer than a quarter of a growth by so many."""
    more = max(grown, 0.0)
    return more + sqrt(more) + 2


def _share(histogram: Histogram, minutes: float) -> float:
    """Give the share at or above so many minutes, 0 of nothing."""
    total = _total(histogram)
    return sum(count for at, count in histogram if at >= minutes) / total if total else 0.0


def _quantile(histogram: Histogram, share: float) -> int | None:
    """Give the smallest minutes that so much of the histogram does not exceed."""
    total, seen = _total(histogram), 0
    for at, count in histogram:
        seen += count
        if seen >= share * total:
            return at
    return None
