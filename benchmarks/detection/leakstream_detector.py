"""Leakstream as one of the detectors: the code of the live pipeline behind decoding, driven by counts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np

from benchmarks.detection.nouns import Scenario, SimScrape
from processors.close_slots import Closing, close_slots
from processors.judge import Event, Policy, policy_of
from processors.judge_stacks import Judged
from processors.memory import KnownStack, Observation, ServiceMemory
from processors.pipeline import identify
from processors.rhythm import Rhythm, find_rhythm
from schemas.model import Fingerprint, State
from schemas.raw_stack import Frame, RawStack
from schemas.settings import DetectionSettings


@dataclass(frozen=True, slots=True)
class Said:
    """One change of state that people would hear of."""

    slot: datetime
    stacks: frozenset[int]
    judged: Judged


def detect(scenario: Scenario, scrapes: Iterable[SimScrape], policy: Policy | None = None) -> Iterator[Said]:
    """Give what begins to fire, in order."""
    attempts = list(scrapes)
    named = [name_stack(stack.frames) for stack in scenario.stacks]
    indices: dict[int, set[int]] = {}
    for index, name in enumerate(named):
        indices.setdefault(name.value, set()).add(index)
    policy = policy or policy_of(DetectionSettings())
    for closing in _close_all(scenario, attempts, named, policy):
        for judged in closing.judged:
            if judged.event is Event.HOLDS and judged.watch.state is State.FIRING:
                yield Said(closing.slot, frozenset(indices[judged.growth.fingerprint.value]), judged)


def _close_all(
    scenario: Scenario, attempts: list[SimScrape], named: list[Fingerprint], policy: Policy
) -> Iterator[Closing]:
    """Take all attempts through the memory of one service."""
    values = np.array([name.value for name in named], dtype=np.uint64)
    rhythms = _find_rhythms(attempts, scenario.interval_seconds)
    memory = ServiceMemory(attempts[0].service)
    for attempt in attempts:
        slot = rhythms[attempt.instance].slot_of(attempt.time)
        memory.begin(slot, scenario.interval_seconds)
        if attempt.counts is not None:
            _meet(memory, named, attempt, slot)
            indices = np.fromiter(attempt.counts.keys(), np.int64, len(attempt.counts))
            found, inverse = np.unique(values[indices], return_inverse=True)
            amounts = np.fromiter(attempt.counts.values(), np.float64, len(attempt.counts))
            goroutines = np.bincount(inverse, weights=amounts, minlength=len(found)).astype(np.uint64)
            if memory.number(slot) > memory.closed:
                labels = {"version": attempt.version}
                memory.wait(
                    Observation(
                        attempt.instance,
                        slot,
                        scenario.interval_seconds,
                        labels,
                        attempt.process_start,
                        found,
                        goroutines,
                    )
                )
        yield from close_slots(memory, memory.number(slot) - policy.lateness_slots, policy)
    yield from close_slots(memory, max(memory.pending, default=memory.closed) + 1, policy)


def _find_rhythms(attempts: list[SimScrape], interval_seconds: float) -> dict[str, Rhythm]:
    """Find out when each instance is scraped, as replay does."""
    times: dict[str, list[datetime]] = {}
    for attempt in attempts:
        times.setdefault(attempt.instance, []).append(attempt.time)
    return {instance: find_rhythm(moments, interval_seconds) for instance, moments in times.items()}


def _meet(memory: ServiceMemory, named: list[Fingerprint], attempt: SimScrape, slot: datetime) -> None:
    """Remember stacks that are new."""
    for index in attempt.counts or ():
        name = named[index]
        if name.value not in memory.stacks:
            memory.stacks[name.value] = KnownStack(name, slot, attempt.version, attempt.instance)


@lru_cache(maxsize=100_000)
def name_stack(frames: tuple[str, ...]) -> Fingerprint:
    """Name a stack of raw frames, as a profile would show it."""
    return identify(RawStack(tuple(Frame(function, "") for function in frames), 1))
