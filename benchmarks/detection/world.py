"""The inside of a simulation: lives of processes, load over time, parts of a service, and what they leave behind.

Times are seconds from the begin of the recording, as floats; what lies before is negative. Load is relative: 1.0 is
the mean load of one instance.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.nouns import SimStack

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
FOREVER = float("inf")
LEAD_SECONDS = 2 * HOUR
"""The simulation begins so long before the recording, for processes that were there already."""


@dataclass(frozen=True, slots=True)
class Life:
    """One process. `place` is which of the service's places it fills, `release` the number of its version from 0 on."""

    number: int
    place: int
    instance: str
    release: int
    born: float
    died: float = FOREVER


@dataclass(frozen=True, slots=True)
class Curve:
    """How a quantity departs from 1 over time: ramps (begin, end, factor) stay, spikes (begin, seconds, factor) go."""

    ramps: tuple[tuple[float, float, float], ...] = ()
    spikes: tuple[tuple[float, float, float], ...] = ()

    def at(self, times: Floats) -> Floats:
        """Give the factor at each time."""
        factor = np.ones_like(times)
        for begin, end, height in self.ramps:
            factor *= 1 + (height - 1) * np.clip((times - begin) / max(end - begin, 1.0), 0, 1)
        for begin, seconds, height in self.spikes:
            factor *= np.where((times >= begin) & (times < begin + seconds), height, 1.0)
        return factor


FLAT = Curve()


@dataclass(frozen=True, slots=True)
class Traffic:
    """The load of a service: waves of the day and the week, wandering (log-normal, `wander_seconds` long), peaks.

    `peaks_per_hour` short peaks of up to `peak_factor` come on top. `uneven` is the spread of the load balancer's
    weights over instances.
    """

    daily: float = 0.3
    weekly: float = 0.0
    phase_seconds: float = 0.0
    wander: float = 0.08
    wander_seconds: float = 20 * MINUTE
    peaks_per_hour: float = 0.1
    peak_factor: float = 2.0
    uneven: float = 0.15
    curve: Curve = FLAT


@dataclass(frozen=True, slots=True)
class Load:
    """The relative load of one life: `rates[k]` from `start + k * step` on. `times` are the life's scrapes."""

    times: Floats
    start: float
    step: float
    rates: Floats

    @property
    def end(self) -> float:
        """Say until when the life is simulated."""
        return self.start + self.step * len(self.rates)

    def at(self, times: Floats) -> Floats:
        """Give the load at each time; the nearest known one outside."""
        if not len(self.rates):
            return np.zeros_like(times)
        places = ((times - self.start) / self.step).astype(np.int64)
        return np.asarray(self.rates[np.clip(places, 0, len(self.rates) - 1)])

    def arrivals(self, per_second: float, rng: np.random.Generator) -> Floats:
        """Draw the times of a Poisson process of `per_second` at load 1, in no order."""
        counts = rng.poisson(np.maximum(self.rates, 0) * per_second * self.step)
        starts = self.start + self.step * np.repeat(np.arange(len(counts)), counts)
        return starts + self.step * rng.random(len(starts))


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """What one part shows of one stack in one life: the goroutines at each scrape.

    `arrived` and `left` are the times of each goroutine where they were simulated one by one, empty otherwise.
    `wake_seconds` is how long a goroutine waits on average until it wakes and waits anew; FOREVER where never.
    Those that were not have been there since the process began where they are `lasting`, and else came just now.
    `leak` is the index of the leak that it belongs to, -1 for none; `provable` says that the runtime sees it.
    """

    stack: int
    counts: Ints
    wake_seconds: float
    arrived: Floats = field(default_factory=lambda: np.empty(0))
    left: Floats = field(default_factory=lambda: np.empty(0))
    lasting: bool = True
    leak: int = -1
    provable: bool = False


class Part(Protocol):
    """A part of a service. `curve` and `wander` change the load that reaches it, the same on all instances.

    `follows` is the power with which it follows the load: 0 not at all.
    """

    @property
    def curve(self) -> Curve:
        """How the load of this part departs from the service's."""

    @property
    def wander(self) -> float:
        """How far it wanders from it (log-normal)."""

    @property
    def follows(self) -> float:
        """The power with which it follows the load."""

    def play(self, life: Life, load: Load, rng: np.random.Generator) -> Iterable[Trace]:
        """Simulate one life."""
        ...


@dataclass(frozen=True, slots=True)
class Outage:
    """Scrapes that do not succeed, of the places named (all if none); without an error there is no attempt at all."""

    begin: float
    end: float
    error: str = ""
    places: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a simulation is made of. `renames` maps stacks to their names from a release on."""

    klass: str
    seed: int
    service: str
    begin: datetime
    interval_seconds: float
    seconds: float
    go_minors: tuple[int, ...]
    places: int
    traffic: Traffic
    lives: tuple[Life, ...]
    stacks: tuple[SimStack, ...]
    parts: tuple[Part, ...]
    outages: tuple[Outage, ...]
    failure_share: float
    renames: Mapping[int, Mapping[int, int]]
    label_values: int
