"""How a leak looks in a profile, and how long a recording must be for it to be findable."""

from dataclasses import dataclass

import numpy as np

from benchmarks.detection import frames as go
from benchmarks.detection.draft import Draft
from benchmarks.detection.events import Leak
from benchmarks.detection.nouns import Truth
from benchmarks.detection.parts import Requests
from benchmarks.detection.world import FOREVER, HOUR, Life

FINDABLE_GOROUTINES = 60
FINDABLE_NOISES = 6
"""The recording lasts until the leak is expected to be at least this many, and this many times the noise."""
LEAST_HOURS_AFTER = 3.5
LEAST_SCRAPES_AFTER = 120
KNOWN_SCRAPES = 60
"""No leak begins before a service was scraped so often, however seldom it is scraped."""


@dataclass(frozen=True, slots=True)
class Look:
    """The stacks of a leak, in groups: one leaked goroutine shows in one group, in each stack of it."""

    groups: tuple[tuple[int, ...], ...]
    provable: bool
    wake_seconds: float = FOREVER


def draw_look(draft: Draft) -> Look:
    """Draw one of the patterns of leaks; what waits for a peer or a timer cannot be proven by the runtime."""
    name = draft.verb()
    own = draft.own(f"(*{name}er).{name}")
    handler = (*draft.handler_frames(name), *go.SERVE)
    minor = draft.go_minors[-1]
    looks = (
        ((*go.SEND, f"{own}.func1"),),
        ((*go.RECEIVE, f"{own}.func1"),),
        ((*go.RANGE, f"{own}.func2"),),
        ((*go.SELECT, f"{own}.watch", draft.own(f"New{name}er.func1")),),
        ((*go.mutex(minor), draft.own(f"(*{name}er).update"), f"{own}.func1"),),
        ((*go.wait_group(minor), f"{own}.func3"),),
        ((*go.COND, f"{own}.func1"),),
        ((*go.RECEIVE, *handler), go.BACKGROUND_READ),
        ((*go.SEND, *handler), go.BACKGROUND_READ),
        ((*go.ROUND_TRIP, *handler), go.BACKGROUND_READ),
        ((*go.SLEEP, draft.own(f"New{name}er.func1")),),
        ((*go.READ, "bufio.(*Reader).ReadSlice", f"{own}.func1"),),
    )
    number = int(draft.rng.integers(len(looks)))
    stacks = tuple(draft.add_stack(frames) for frames in looks[number])
    blind, waking = number >= len(looks) - 3, number == len(looks) - 2
    return Look((stacks,), not blind and draft.chance(0.7), 10.0 if waking else FOREVER)


def add_background(draft: Draft, look: Look, share: float = 0.4) -> float:
    """Let the leaking stack be busy in health too, in a share of services; give its mean on one instance."""
    if not draft.chance(share):
        return 0.0
    mean = draft.rng.uniform(0.1, 5)
    stack, *twins = look.groups[0]
    draft.parts.append(Requests(stack, mean, 0.05 * mean, twins=tuple(twins)))
    return mean


def noise_of(mean: float, places: int, spread: float) -> float:
    """Give the noise of a population on all instances: Poisson's, and what it wanders with the load."""
    return float(np.sqrt(mean * places) + spread * mean * places)


def fit_hours(draft: Draft, begin: float, per_hour: float, noise: float = 0.0) -> None:
    """Let the recording last until a leak of this rate over the service is findable, with some time to spare."""
    needed = max(FINDABLE_GOROUTINES, FINDABLE_NOISES * noise) / max(per_hour, 1e-9) * draft.rng.uniform(1.3, 2.2)
    scrapes_hours = LEAST_SCRAPES_AFTER * draft.interval_seconds / HOUR
    draft.hours = min(max(draft.hours, begin / HOUR + max(needed, LEAST_HOURS_AFTER, scrapes_hours)), 240.0)


def draw_begin(draft: Draft) -> float:
    """Draw when a leak begins (seconds): the service is known by then."""
    return max(draft.draw("begin_hours") * HOUR, KNOWN_SCRAPES * draft.interval_seconds * draft.rng.uniform(1, 1.5))


def add_leak(draft: Draft, leak: Leak, name: str) -> Truth:
    """Add a leak and what is true of it, once all lives of the service are known."""
    draft.parts.append(leak)
    leaking = [life for life in draft.lives if leak.leaks_in(life)]
    begin = max(leak.begin, min((life.born for life in leaking), default=leak.begin), 0.0)
    end = min(leak.end, draft.seconds())
    marks = np.linspace(begin, end, 400)
    rate = np.zeros_like(marks)
    load = (1 + draft.traffic.daily * np.sin(2 * np.pi * (marks + draft.traffic.phase_seconds) / (24 * HOUR))) * (
        leak.curve.at(marks)
    )
    for life in leaking:
        rate += _alive(life, marks) * leak.per_hour * load**leak.follows
    rate *= np.exp2((marks - leak.begin) / leak.doubling_seconds)
    truth = Truth(
        name,
        draft.service,
        frozenset(stack for group in leak.groups for stack in group),
        draft.time(begin),
        float(rate.mean()),
        len({life.place for life in leaking}),
        None if leak.end == FOREVER else draft.time(leak.end),
        leak.doubling_seconds == FOREVER,
    )
    draft.truths.append(truth)
    return truth


def _alive(
    life: Life, marks: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> np.ndarray[tuple[int], np.dtype[np.bool]]:
    """Say at which moments a process lives."""
    return (marks >= life.born) & (marks < life.died)
