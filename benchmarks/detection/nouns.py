"""What a simulated fleet is, as a detector meets it, and what was true of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

TUNING = "tuning"
HELD_OUT = "held_out"


@dataclass(frozen=True, slots=True)
class SimStack:
    """The frames of a stack as Go writes them in debug=0: function names, leaf first, the runtime's among them."""

    frames: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """One leak.

    `stacks` are indices into Scenario.stacks; each of them is this leak. `rate_per_hour` is expected over the whole
    service, on average from `begin` to `fixed` or the end; `steady` says that this rate holds at any moment of that
    time, apart from the hours of the day. `instances` is how many leak at one time. `fixed` is None where the leak
    lasts until the end.
    """

    name: str
    service: str
    stacks: frozenset[int]
    begin: datetime
    rate_per_hour: float
    instances: int
    fixed: datetime | None = None
    steady: bool = True


@dataclass(frozen=True, slots=True)
class Scenario:
    """A service under observation. `seed` and `klass` are all that `play` needs; `half` is the parity of the seed."""

    name: str
    klass: str
    seed: int
    half: str
    interval_seconds: float
    stacks: tuple[SimStack, ...]
    truths: tuple[Truth, ...]
    instances: int
    hours: float


@dataclass(frozen=True, slots=True)
class SimScrape:
    """One attempt to scrape. `counts` maps a stack's index to its goroutines, without zeros; None where it failed."""

    time: datetime
    service: str
    instance: str
    version: str
    process_start: datetime
    counts: Mapping[int, int] | None
    error: str = ""
    kind: str = "goroutine"
