"""The parts of a service that happen: jobs that pile up and drain, steps, slow downstreams, and leaks."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from benchmarks.detection.parts import count_present
from benchmarks.detection.world import DAY, FLAT, FOREVER, HOUR, MINUTE, Curve, Floats, Ints, Life, Load, Trace


@dataclass(frozen=True, slots=True)
class Batch:
    """A job that runs every `period_seconds`: its goroutines come over `ramp_seconds` and go within `drain_seconds`.

    Runs differ in size and begin (`unlike`, log-normal). Where `together` all instances run at the same time.
    """

    stack: int
    goroutines: float
    period_seconds: float
    ramp_seconds: float
    drain_seconds: float
    unlike: float = 0.15
    together: bool = False
    phase_seconds: float = 0.0
    curve: Curve = FLAT
    wander: float = 0.0
    follows: float = 0.0

    def play(self, life: Life, load: Load, rng: np.random.Generator) -> Iterable[Trace]:
        """Run after run: who comes waits for the end of the run."""
        phase = self.phase_seconds if self.together else self.period_seconds * rng.random()
        begins = np.arange(load.start + phase, load.end, self.period_seconds)
        begins = begins + self.period_seconds * 0.1 * self.unlike * rng.standard_normal(len(begins))
        begins = begins[begins >= life.born]
        sizes = rng.poisson(self.goroutines * rng.lognormal(0, self.unlike, len(begins)))
        starts = np.repeat(begins, sizes)
        arrived = starts + self.ramp_seconds * rng.random(len(starts))
        left = starts + self.ramp_seconds + self.drain_seconds * rng.random(len(starts))
        yield Trace(self.stack, count_present(load.times, arrived, left), FOREVER, arrived, left)


@dataclass(frozen=True, slots=True)
class Steps:
    """Goroutines that a change of configuration starts (or, negative, ends), at `moments` of the recording.

    Instances take it within `staggered_seconds`, in a random order, each at once; a process born later has it from the
    beginning. `before` were there before. `within_seconds` is how long an instance takes to start them.
    """

    stack: int
    moments: tuple[tuple[float, int], ...]
    before: int = 0
    staggered_seconds: float = 0.0
    within_seconds: float = 5.0
    curve: Curve = FLAT
    wander: float = 0.0
    follows: float = 0.0

    def play(self, life: Life, load: Load, rng: np.random.Generator) -> Iterable[Trace]:
        """Start and end them."""
        arrived: list[Floats] = [np.full(self.before, life.born)]
        left: list[Floats] = [np.full(self.before, FOREVER)]
        for moment, size in self.moments:
            at = max(moment + self.staggered_seconds * rng.random(), life.born)
            drawn = at + self.within_seconds * rng.random(abs(size))
            if size > 0:
                arrived.append(drawn)
                left.append(np.full(size, FOREVER))
            else:
                _end(left, drawn)
        came, went = np.concatenate(arrived), np.concatenate(left)
        yield Trace(self.stack, count_present(load.times, came, went), MINUTE, came, went)


def _end(left: list[Floats], times: Floats) -> None:
    """Let those end that still live, as many as there are times."""
    everyone = np.concatenate(left)
    living = np.flatnonzero(everyone == FOREVER)[: len(times)]
    everyone[living] = times[: len(living)]
    left[:] = [everyone]


@dataclass(frozen=True, slots=True)
class PileUp:
    """A downstream that stalls: requests that arrive in an episode (begin, seconds) stay until it recovers.

    `per_minute` arrive at load 1. They leave within `drain_seconds` after the episode, or at `timeout_seconds`.
    """

    stacks: tuple[int, ...]
    episodes: tuple[tuple[float, float], ...]
    per_minute: float
    drain_seconds: float = 60.0
    timeout_seconds: float = FOREVER
    places: frozenset[int] = frozenset()
    curve: Curve = FLAT
    wander: float = 0.05
    follows: float = 1.0

    def play(self, life: Life, load: Load, rng: np.random.Generator) -> Iterable[Trace]:
        """Keep who comes in an episode until its end."""
        came = load.arrivals(self.per_minute / MINUTE, rng)
        ends = np.full(len(came), -1.0)
        if not self.places or life.place in self.places:
            for begin, seconds in self.episodes:
                ends[(came >= begin) & (came < begin + seconds)] = begin + seconds
        kept = ends > 0
        arrived = came[kept]
        left = np.minimum(ends[kept] + self.drain_seconds * rng.random(len(arrived)), arrived + self.timeout_seconds)
        for stack in self.stacks:
            yield Trace(stack, count_present(load.times, arrived, left), FOREVER, arrived, left)


@dataclass(frozen=True, slots=True)
class Leak:
    """Goroutines that never leave their process.

    `per_hour` is the expected number on one instance at load 1 (for `follows` = 0 at any load). It is a process of
    batches of `batch` on average (geometric; 1 is Poisson), `doubling_seconds` makes it exponential. `releases` are
    those that leak, `places` the instances (empty: all). Each leaked goroutine shows in one of `groups`, drawn by
    `weights`; the stacks of a group show it in lock step, and the runtime proves the first where it is `provable`.
    It ends by a fix at `end`, where there is one.
    """

    index: int
    groups: tuple[tuple[int, ...], ...]
    weights: tuple[float, ...]
    per_hour: float
    begin: float
    end: float = FOREVER
    batch: float = 1.0
    doubling_seconds: float = FOREVER
    releases: frozenset[int] = frozenset()
    places: frozenset[int] = frozenset()
    wake_seconds: float = FOREVER
    provable: bool = False
    curve: Curve = FLAT
    wander: float = 0.0
    follows: float = 0.0

    def leaks_in(self, life: Life) -> bool:
        """Say whether a process leaks at some time."""
        released = not self.releases or life.release in self.releases
        return released and (not self.places or life.place in self.places) and life.died > self.begin

    def rates(self, life: Life, load: Load) -> Floats:
        """Give the expected goroutines an hour at each step of the load."""
        times = load.start + load.step * (np.arange(len(load.rates)) + 0.5)
        if not self.leaks_in(life):
            return np.zeros_like(times)
        grown = np.exp2(np.maximum(times - self.begin, 0) / self.doubling_seconds)
        on = (times >= self.begin) & (times < self.end)
        return np.asarray(self.per_hour * load.rates * grown * on)

    def play(self, life: Life, load: Load, rng: np.random.Generator) -> Iterable[Trace]:
        """Draw the births; there are no deaths."""
        per_step = Load(load.times, load.start, load.step, self.rates(life, load))
        epochs = per_step.arrivals(1 / (HOUR * self.batch), rng)
        sizes: Ints = rng.geometric(1 / self.batch, len(epochs))
        arrived = np.repeat(epochs, sizes) + (rng.random(int(sizes.sum())) if self.batch > 1 else 0.0)
        arrived = np.concatenate([self._earlier(life, load, rng), arrived])
        groups = rng.choice(len(self.groups), len(arrived), p=self.weights)
        for number, stacks in enumerate(self.groups):
            mine = arrived[groups == number]
            left = np.full(len(mine), FOREVER)
            counts = count_present(load.times, mine, left)
            for place, stack in enumerate(stacks):
                provable = self.provable and place == 0
                yield Trace(stack, counts, self.wake_seconds, mine, left, leak=self.index, provable=provable)

    def _earlier(self, life: Life, load: Load, rng: np.random.Generator) -> Floats:
        """Draw what leaked before the simulation began, in the last day before it."""
        seconds = min(load.start - max(self.begin, life.born), DAY)
        if seconds <= 0 or not self.leaks_in(life):
            return np.empty(0)
        return load.start - seconds * rng.random(rng.poisson(self.per_hour * seconds / HOUR))
