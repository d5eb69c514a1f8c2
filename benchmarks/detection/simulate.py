"""Plan -> world: the load of every life, and the counts that its parts show. Deterministic by the seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from benchmarks.detection.events import Leak
from benchmarks.detection.world import LEAD_SECONDS, Floats, Ints, Life, Load, Part, Plan, Trace

LOAD_STEP_SECONDS = 60.0
_WIDE_JITTER_SHARE = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Lived:
    """One life: `counts[stack, scrape]` at `load.times`, and the traces it is made of."""

    life: Life
    load: Load
    counts: Ints
    traces: tuple[Trace, ...]


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """All that happened. `rates[leak]` is the expected growth of the service, an hour, on the grid."""

    plan: Plan
    grid: Floats
    lived: tuple[Lived, ...]
    rates: Floats


def simulate(plan: Plan) -> World:
    """Play a plan."""
    key = [crc32(plan.klass.encode()), plan.seed]
    shared = np.random.default_rng([*key, 1])
    step = min(LOAD_STEP_SECONDS, plan.interval_seconds)
    grid = np.arange(-LEAD_SECONDS, plan.seconds, step)
    loads = share_load(plan, grid, shared)
    paths = [np.asarray(part.curve.at(grid) * wander(part.wander, grid, 1800.0, shared)) for part in plan.parts]
    offsets = plan.interval_seconds * 0.95 * shared.random(1 + max(life.place for life in plan.lives))
    lived = []
    rates = np.zeros((1 + max((part.index for part in plan.parts if isinstance(part, Leak)), default=-1), len(grid)))
    for life in plan.lives:
        rng = np.random.default_rng([*key, 2, life.number])
        alive = slice(*np.searchsorted(grid, [life.born, life.died]).tolist())
        times = _scrape_times(plan, life, float(offsets[life.place]), rng)
        start = float(grid[alive][0]) if len(grid[alive]) else 0.0
        traces: list[Trace] = []
        for number, part in enumerate(plan.parts):
            local = loads[life.number][alive] ** part.follows * paths[number][alive]
            load = Load(times, max(start, life.born), step, local)
            traces += part.play(life, load, np.random.default_rng([*key, 3, life.number, number]))
            if isinstance(part, Leak):
                rates[part.index, alive] += part.rates(life, load)
        load = Load(times, start, step, loads[life.number][alive])
        renames = plan.renames.get(life.release, {})
        lived.append(Lived(life, load, _sum_up(len(plan.stacks), times, traces, renames), tuple(traces)))
    return World(plan, grid, tuple(lived), rates)


def share_load(plan: Plan, grid: Floats, rng: np.random.Generator) -> Sequence[Floats]:
    """Give the relative load of each life on the grid: the service's traffic, shared by those alive, unevenly."""
    traffic = plan.traffic
    day, week = 2 * np.pi * (grid + traffic.phase_seconds) / 86400, 2 * np.pi * (grid + traffic.phase_seconds) / 604800
    total = np.maximum(1 + traffic.daily * np.sin(day) + traffic.daily / 4 * np.sin(2 * day + 1), 0.03)
    total = total * np.maximum(1 + traffic.weekly * np.sin(week), 0.03) * traffic.curve.at(grid)
    total = total * wander(traffic.wander, grid, traffic.wander_seconds, rng) * _peaks(plan, grid, rng)
    weights = [
        np.exp(traffic.uneven * rng.standard_normal())
        * wander(traffic.uneven / 3, grid, 7200.0, rng)
        * ((grid >= life.born) & (grid < life.died))
        for life in plan.lives
    ]
    together = np.maximum(np.sum(weights, axis=0), 1e-9)
    return [total * weight / together * plan.places for weight in weights]


def wander(spread: float, grid: Floats, tau_seconds: float, rng: np.random.Generator) -> Floats:
    """Give a log-normal path that returns (Ornstein-Uhlenbeck), 1 on average, correlated over `tau_seconds`."""
    if not spread:
        return np.ones_like(grid)
    knots = max(int((grid[-1] - grid[0]) / (tau_seconds / 4)) + 2, 4)
    keep = float(np.exp(-0.25))
    noise = rng.standard_normal(knots)
    path = np.empty(knots)
    value = float(noise[0])
    for place, draw in enumerate(noise.tolist()):
        value = keep * value + (1 - keep**2) ** 0.5 * draw
        path[place] = value
    spots = np.linspace(grid[0], grid[-1], knots)
    return np.asarray(np.exp(spread * np.interp(grid, spots, path) - spread**2 / 2))


def _peaks(plan: Plan, grid: Floats, rng: np.random.Generator) -> Floats:
    """Give short peaks of traffic: one to ten minutes, of random heights."""
    factor = np.ones_like(grid)
    hours = (grid[-1] - grid[0]) / 3600
    for _ in range(int(rng.poisson(plan.traffic.peaks_per_hour * hours))):
        begin, seconds = grid[0] + hours * 3600 * rng.random(), 60 + rng.exponential(180)
        height = 1 + (plan.traffic.peak_factor - 1) * rng.random()
        factor[(grid >= begin) & (grid < begin + seconds)] *= height
    return factor


def _scrape_times(plan: Plan, life: Life, offset: float, rng: np.random.Generator) -> Floats:
    """Give when a life is scraped: at its offset in each interval, a little late, seldom very late."""
    slots = np.arange(int(plan.seconds // plan.interval_seconds))
    late = rng.exponential(0.003 * plan.interval_seconds, len(slots))
    late += (rng.random(len(slots)) < _WIDE_JITTER_SHARE) * rng.random(len(slots)) * plan.interval_seconds / 3
    times = slots * plan.interval_seconds + offset + late
    return times[(times >= life.born + 1) & (times < life.died)]


def _sum_up(stacks: int, times: Floats, traces: Sequence[Trace], renames: Mapping[int, int]) -> Ints:
    """Add the traces of each stack, under the names that they have in this release."""
    counts = np.zeros((stacks, len(times)), dtype=np.int64)
    for trace in traces:
        counts[renames.get(trace.stack, trace.stack)] += trace.counts
    return counts


def leaks_of(parts: Sequence[Part]) -> tuple[Leak, ...]:
    """Give the leaks among the parts of a service."""
    return tuple(part for part in parts if isinstance(part, Leak))
