"""What the dearer profiles of a simulated process would have answered, and what was truly expected."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from benchmarks.detection.nouns import Scenario, Truth
from benchmarks.detection.parts import count_present
from benchmarks.detection.play import world_of
from benchmarks.detection.simulate import Lived, World
from benchmarks.detection.world import MINUTE, Floats, Trace

GO_WITH_LEAK_PROFILE = 27
_LATEST_MARK_SECONDS = 120.0
"""A goroutine's clock starts at the first garbage collection that finds it blocked; one is forced every two minutes."""
_CREATED_A_SECOND = 20.0
"""Goroutines that a process makes at load 1, most of them gone at once; only that they follow the load matters."""


@dataclass(frozen=True, slots=True)
class Dumped:
    """One goroutine of a debug=2 dump: its number, whole minutes of waiting, the index of its stack."""

    number: int
    minutes: int
    stack: int


def proves(scenario: Scenario, instance: str, time: datetime) -> Mapping[int, int] | None:
    """Give what a `goroutineleak` profile would say: stack -> leaked goroutines, empty where nothing is proven.

    None where the process is not there, or its Go (before 1.27) has no such profile.
    """
    world = world_of(scenario)
    seconds = (time - world.plan.begin).total_seconds()
    lived = _find(world, instance, seconds)
    if lived is None or go_minor(world, lived) < GO_WITH_LEAK_PROFILE:
        return None
    found: Counter[int] = Counter()
    for trace in lived.traces:
        if trace.provable:
            found[_shown(world, lived, trace)] += int(count_present(np.array([seconds]), trace.arrived, trace.left)[0])
    return {stack: count for stack, count in found.items() if count}


def dump(scenario: Scenario, instance: str, time: datetime) -> Sequence[Dumped]:
    """Give the goroutines of a debug=2 dump, by stack. Empty where the process is not there.

    Minutes are as Go counts them, too few by up to two. Numbers rise with creation, which follows the load.
    """
    world = world_of(scenario)
    seconds = (time - world.plan.begin).total_seconds()
    lived = _find(world, instance, seconds)
    if lived is None:
        return ()
    rng = np.random.default_rng([scenario.seed, 5, lived.life.number, int(max(seconds, 0.0))])
    made = np.concatenate([[0.0], np.cumsum(lived.load.rates)]) * lived.load.step * _CREATED_A_SECOND
    grid = lived.load.start + lived.load.step * np.arange(len(made))
    found: list[Dumped] = []
    for trace in lived.traces:
        ages, waited = _age_and_wait(lived, trace, seconds, rng)
        numbers = np.interp(seconds - ages, grid, made).astype(np.int64).tolist()
        minutes = (waited // MINUTE).astype(np.int64).tolist()
        stack = _shown(world, lived, trace)
        found += [Dumped(*pair, stack) for pair in zip(numbers, minutes, strict=True)]
    return found


def expected_rate(scenario: Scenario, truth: Truth, begin: datetime, end: datetime) -> float:
    """Give the expected growth of a leak over the service between two moments, goroutines an hour."""
    world = world_of(scenario)
    seconds = [(moment - world.plan.begin).total_seconds() for moment in (begin, end)]
    first, last = np.searchsorted(world.grid, seconds).tolist()
    rates = world.rates[scenario.truths.index(truth)][first : max(last, first + 1)]
    return float(rates.mean()) if len(rates) else 0.0


def go_minor(world: World, lived: Lived) -> int:
    """Say which Go 1.x a process was built with."""
    upgraded = bool(world.plan.renames.get(lived.life.release))
    return world.plan.go_minors[-1 if upgraded else 0]


def _find(world: World, instance: str, seconds: float) -> Lived | None:
    """Find the process that lives under a name at a moment."""
    for lived in world.lived:
        if lived.life.instance == instance and lived.life.born <= seconds < lived.life.died:
            return lived
    return None


def _shown(world: World, lived: Lived, trace: Trace) -> int:
    """Give the stack that a trace shows in the release of its process."""
    return world.plan.renames.get(lived.life.release, {}).get(trace.stack, trace.stack)


def _age_and_wait(lived: Lived, trace: Trace, seconds: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Give the age of each goroutine of a trace, and how long it has waited: since it came, or since it last woke."""
    here = (trace.arrived <= seconds) & (seconds < trace.left)
    ages = seconds - trace.arrived[here]
    scrape = int(np.searchsorted(lived.load.times, seconds, side="right")) - 1
    others = max(int(trace.counts[scrape]) - len(ages), 0) if scrape >= 0 else 0
    age = seconds - lived.life.born if trace.lasting else MINUTE * 0.5
    ages = np.concatenate([ages, np.full(others, age)])
    woken = rng.exponential(trace.wake_seconds, len(ages)) if np.isfinite(trace.wake_seconds) else ages
    waited = np.minimum(ages, woken) - _LATEST_MARK_SECONDS * rng.random(len(ages))
    return ages, np.asarray(np.maximum(waited, 0.0))
