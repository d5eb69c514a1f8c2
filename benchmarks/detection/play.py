"""Scenario -> scrapes, in the order of time."""

from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache

import numpy as np

from benchmarks.detection.corpus import draw_plan
from benchmarks.detection.nouns import Scenario, SimScrape
from benchmarks.detection.simulate import Lived, World, simulate
from benchmarks.detection.world import Floats, Life, Plan

_ERRORS = ("context deadline exceeded", "connection refused", "connection reset by peer", "http status 503")
_DOWN = "connection refused"
_MISSED_SCRAPES = 3
"""So many more attempts are made at an instance that is gone."""


def play(scenario: Scenario) -> Iterator[SimScrape]:
    """Give every attempt to scrape, in the order of time. The same scenario always gives the same."""
    world = world_of(scenario)
    plan = world.plan
    attempts = [
        (time, number, place)
        for number, lived in enumerate(world.lived)
        for place, time in enumerate(lived.load.times.tolist())
    ]
    errors = [_draw_errors(plan, lived) for lived in world.lived]
    columns = [np.ascontiguousarray(lived.counts.T) for lived in world.lived]
    attempts += [(time, number, -1) for number, lived in enumerate(world.lived) for time in _missed(plan, lived)]
    attempts.sort()
    for time, number, place in attempts:
        life = world.lived[number].life
        error = errors[number][place] if place >= 0 else _DOWN
        if error == _NO_ATTEMPT:
            continue
        counts = None
        if not error:
            row = columns[number][place]
            present = np.flatnonzero(row)
            counts = dict(zip(present.tolist(), row[present].tolist(), strict=True))
        yield SimScrape(
            plan.begin + timedelta(seconds=round(time, 3)),
            plan.service,
            life.instance,
            version_of(life),
            plan.begin + timedelta(seconds=round(life.born)),
            counts,
            error,
        )


@lru_cache(maxsize=2)
def world_of(scenario: Scenario) -> World:
    """Simulate a scenario; the last two are kept, because several detectors look at each."""
    return simulate(draw_plan(scenario.klass, scenario.seed)[0])


def version_of(life: Life) -> str:
    """Name the version that a process runs."""
    return f"v{41 + life.release}"


_NO_ATTEMPT = "-"


def _draw_errors(plan: Plan, lived: Lived) -> list[str]:
    """Say for each scrape of a life why it failed, empty where it did not: alone, in short runs, in outages."""
    rng = np.random.default_rng([plan.seed, 4, lived.life.number])
    times: Floats = lived.load.times
    errors = [""] * len(times)
    for place in np.flatnonzero(rng.random(len(times)) < plan.failure_share).tolist():
        for offset in range(int(rng.geometric(0.6))):
            if place + offset < len(times):
                errors[place + offset] = _ERRORS[int(rng.integers(len(_ERRORS)))]
    for outage in plan.outages:
        if not outage.places or lived.life.place in outage.places:
            for place in np.flatnonzero((times >= outage.begin) & (times < outage.end)).tolist():
                errors[place] = outage.error or _NO_ATTEMPT
    return errors


def _missed(plan: Plan, lived: Lived) -> list[float]:
    """Give when a process that ended is asked in vain."""
    if lived.life.died >= plan.seconds or not len(lived.load.times):
        return []
    last = float(lived.load.times[-1])
    after = [last + plan.interval_seconds * (number + 1) for number in range(_MISSED_SCRAPES)]
    return [time for time in after if lived.life.died <= time < plan.seconds]
