"""The parts of a healthy service, each a queue: who arrives, how long it stays.

Rule 1: a count is the number of goroutines that arrived and have not left; nothing draws a line and adds noise to it.
Rule 2: what stays much shorter than a scrape interval is drawn as what such a queue shows at one moment (M/G/inf is
Poisson then, and independent from scrape to scrape); the rest is simulated goroutine by goroutine.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from benchmarks.detection.world import FLAT, FOREVER, MINUTE, Curve, Floats, Ints, Life, Load, Trace

TAIL_SECONDS = 30.0
"""The shortest stay of what stays long."""


def count_present(times: Floats, arrived: Floats, left: Floats) -> Ints:
    """Count at each time (ascending) who has arrived and not left."""
    return _count_until(times, arrived) - _count_until(times, left)


def _count_until(times: Floats, events: Floats) -> Ints:
    """Count at each time the events up to it."""
    places = np.searchsorted(times, events, side="left")
    return np.cumsum(np.bincount(places, minlength=len(times) + 1)[: len(times)])


@dataclass(frozen=True, slots=True)
class Fixed:
    """Goroutines that are there from the start of the process to its end."""

    stack: int
    goroutines: int = 1
    wake_seconds: float = FOREVER
    curve: Curve = FLAT
    wander: float = 0.0
    follows: float = 0.0

    def play(self, _life: Life, load: Load, _rng: np.random.Generator) -> Iterable[Trace]:
        """Show them at every scrape."""
        yield Trace(self.stack, np.full(len(load.times), self.goroutines, dtype=np.int64), self.wake_seconds)


@dataclass(frozen=True, slots=True)
class Pool:
    """A bounded pool: of `size` workers those are busy that work has come for, the rest waits idle."""

    idle: int
    busy: int
    size: int
    busy_mean: float
    curve: Curve = FLAT
    wander: float = 0.1
    follows: float = 1.0

    def play(self, _life: Life, load: Load, rng: np.random.Generator) -> Iterable[Trace]:
        """Fill the pool with the work of each moment; what does not fit waits elsewhere."""
        busy = np.minimum(rng.poisson(load.at(load.times) * self.busy_mean), self.size)
        yield Trace(self.busy, busy, 1.0)
        yield Trace(self.idle, self.size - busy, MINUTE * self.size / max(self.busy_mean, 0.01))


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests in flight: `mean` of them at load 1 that stay briefly, and `tail` that stay long (Pareto, truncated).

    `twins` show one goroutine for each request (`net/http`'s background read).
    """

    stack: int
    mean: float
    tail: float = 0.0
    alpha: float = 1.6
    longest_seconds: float = 10 * MINUTE
    twins: tuple[int, ...] = ()
    curve: Curve = FLAT
    wander: float = 0.1
    follows: float = 1.0

    def play(self, _life: Life, load: Load, rng: np.random.Generator) -> Iterable[Trace]:
        """Draw the brief ones, simulate the long ones."""
        brief = rng.poisson(load.at(load.times) * self.mean)
        arrived = load.arrivals(self.tail / _pareto_mean(self.alpha, self.longest_seconds), rng)
        stays = np.minimum(TAIL_SECONDS * rng.random(len(arrived)) ** (-1 / self.alpha), self.longest_seconds)
        counts = brief + count_present(load.times, arrived, arrived + stays)
        for stack in (self.stack, *self.twins):
            yield Trace(stack, counts, FOREVER, arrived, arrived + stays, lasting=False)


def _pareto_mean(alpha: float, longest: float) -> float:
    """Give the mean of min(Pareto(alpha, TAIL_SECONDS), longest); alpha is not 1."""
    share: float = (TAIL_SECONDS / longest) ** (alpha - 1)
    return TAIL_SECONDS * (alpha - share) / (alpha - 1)


@dataclass(frozen=True, slots=True)
class Sessions:
    """Connections, sessions, jobs: `mean` at load 1, each staying log-normally long, `stacks` in lock step.

    A process that was there before the simulation has its sessions already; a new one gets `rush` of the mean within
    minutes from clients that lost theirs. `most` bounds them; who comes to a full pool goes away.
    """

    stacks: tuple[int, ...]
    mean: float
    stay_seconds: float
    spread: float = 1.0
    rush: float = 0.0
    most: int = 0
    wake_seconds: float = MINUTE
    curve: Curve = FLAT
    wander: float = 0.05
    follows: float = 1.0

    def play(self, life: Life, load: Load, rng: np.random.Generator) -> Iterable[Trace]:
        """Simulate each session; far too many of them only as their number."""
        if self.mean > MANY:
            yield from self._play_many(life, load, rng)
            return
        arrived = load.arrivals(self.mean / self.stay_seconds, rng)
        left = arrived + self._stays(len(arrived), rng)
        old = self._begin(life, load, rng)
        arrived = np.concatenate([arrived, old[0]])
        left = np.concatenate([left, old[1]])
        counts = count_present(load.times, arrived, left)
        if self.most:
            counts = np.minimum(counts, self.most)
        for stack in self.stacks:
            yield Trace(stack, counts, self.wake_seconds, arrived, left)

    def _stays(self, number: int, rng: np.random.Generator) -> Floats:
        """Draw how long sessions stay, `stay_seconds` on average."""
        return self.stay_seconds * rng.lognormal(-(self.spread**2) / 2, self.spread, number)

    def _begin(self, life: Life, load: Load, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Give the sessions of the first moment: a stationary queue's (by length of stay), or a rush of clients."""
        first = float(load.rates[0]) if len(load.rates) else 0.0
        if life.born < load.start:
            stays = self.stay_seconds * rng.lognormal(self.spread**2 / 2, self.spread, rng.poisson(self.mean * first))
            arrived = load.start - stays * rng.random(len(stays))
            return arrived, arrived + stays
        arrived = load.start + rng.exponential(4 * MINUTE, rng.poisson(self.mean * self.rush * first))
        return arrived, arrived + self._stays(len(arrived), rng)

    def _play_many(self, life: Life, load: Load, rng: np.random.Generator) -> Iterable[Trace]:
        """Simulate M/M/inf by its transition: who stays is binomial, who comes is Poisson."""
        present = int(self.mean * (load.rates[0] if life.born < load.start else self.rush))
        counts = np.empty(len(load.times), dtype=np.int64)
        before = load.start
        for place, (time, rate) in enumerate(zip(load.times.tolist(), load.at(load.times).tolist(), strict=True)):
            stay = float(np.exp(-max(time - before, 0.0) / self.stay_seconds))
            present = int(rng.binomial(present, stay)) + int(rng.poisson(self.mean * rate * (1 - stay)))
            counts[place], before = present, max(time, before)
        for stack in self.stacks:
            yield Trace(stack, counts, self.wake_seconds)


MANY = 3_000
"""More sessions than this in one process are not simulated one by one."""


@dataclass(frozen=True, slots=True)
class Warmup:
    """What a process starts lazily: `goroutines` of them, each at an exponential time of its life, never ending."""

    stack: int
    goroutines: int
    tau_seconds: float
    curve: Curve = FLAT
    wander: float = 0.0
    follows: float = 0.0

    def play(self, life: Life, load: Load, rng: np.random.Generator) -> Iterable[Trace]:
        """Draw a birth time for each."""
        arrived = life.born + rng.exponential(self.tau_seconds, self.goroutines)
        left = np.full(self.goroutines, FOREVER)
        yield Trace(self.stack, count_present(load.times, arrived, left), MINUTE, arrived, left)
