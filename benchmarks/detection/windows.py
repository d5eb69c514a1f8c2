"""What the baselines have in common: the series of each process, sliding windows over them, and when a rule speaks."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.nouns import Scenario, SimScrape
from benchmarks.detection.score import Report
from benchmarks.detection.world import Floats, Ints

Flags = NDArray[np.bool_]
QUIET_SCRAPES = 60
"""A rule that was silent for so long and speaks again makes another report: alerts resolve in about an hour."""


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """One process: `counts[scrape, stack]` of its successful scrapes, and their slots from the first one on."""

    slots: Ints
    counts: Floats


def gather(scenario: Scenario, scrapes: Iterable[SimScrape]) -> tuple[SimScrape | None, list[Segment]]:
    """Sort scrapes by process; gives the first attempt too, None where there is none."""
    rows: dict[tuple[str, object], list[tuple[int, list[int], list[int]]]] = {}
    first: SimScrape | None = None
    for scrape in scrapes:
        first = first or scrape
        if scrape.counts is not None:
            slot = int((scrape.time - first.time).total_seconds() // scenario.interval_seconds)
            item = (slot, list(scrape.counts), list(scrape.counts.values()))
            rows.setdefault((scrape.instance, scrape.process_start), []).append(item)
    segments = []
    for items in rows.values():
        counts = np.zeros((len(items), len(scenario.stacks)))
        for number, (_, stacks, values) in enumerate(items):
            counts[number, stacks] = values
        segments.append(Segment(np.array([slot for slot, _, _ in items]), counts))
    return first, segments


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What a rule says of one process at each scrape: whether each stack leaks, and how fast (per scrape)."""

    leaks: Flags
    slope: Floats
    error: Floats


Rule = Callable[[Floats], Said]


def report_by_rule(
    scenario: Scenario, scrapes: Iterator[SimScrape], rule: Rule, *, total: bool = False
) -> list[Report]:
    """Apply a rule to each process, per stack or to the total; report what speaks on any instance."""
    first, segments = gather(scenario, scrapes)
    if first is None or not segments:
        return []
    columns = 1 if total else len(scenario.stacks)
    slots = 1 + max(int(segment.slots[-1]) for segment in segments)
    leaks = np.zeros((slots, columns), dtype=np.bool_)
    slope, variance = np.zeros((slots, columns)), np.zeros((slots, columns))
    for segment in segments:
        said = rule(segment.counts.sum(axis=1, keepdims=True) if total else segment.counts)
        leaks[segment.slots] |= said.leaks
        slope[segment.slots] += np.where(said.leaks, said.slope, 0)
        variance[segment.slots] += np.where(said.leaks, said.error**2, 0)
    per_hour = 3600 / scenario.interval_seconds
    reports = []
    for column in range(columns):
        for slot in speaks(leaks[:, column]):
            rate, spread = slope[slot, column] * per_hour, 1.645 * variance[slot, column] ** 0.5 * per_hour
            at = first.time + timedelta(seconds=(slot + 1) * scenario.interval_seconds)
            named = None if total else frozenset({column})
            reports.append(Report(first.service, named, at, rate, rate - spread, rate + spread))
    return reports


def speaks(flags: Flags) -> Iterator[int]:
    """Give when a rule speaks after it was silent for long."""
    last = -QUIET_SCRAPES - 1
    for slot in np.flatnonzero(flags).tolist():
        if slot - last > QUIET_SCRAPES:
            yield slot
        last = slot


def fit_lines(counts: Floats, width: int) -> tuple[Floats, Floats, Floats]:
    """Fit a line to the last `width` rows before and at each row: slope, its standard error, mean; NaN before.

    Ordinary least squares by running sums.
    """
    shape = counts.shape
    slope, error, mean = (np.full(shape, np.nan) for _ in range(3))
    if len(counts) < width:
        return slope, error, mean
    rows = np.arange(len(counts), dtype=np.float64)[:, None]
    sums = [_roll(values, width) for values in (counts, rows * counts, counts**2)]
    centre = rows[width - 1 :] - (width - 1) / 2
    spread = width * (width**2 - 1) / 12
    level = sums[0] / width
    tilt = (sums[1] - centre * sums[0]) / spread
    rest = np.maximum(sums[2] - width * level**2 - tilt**2 * spread, 0)
    slope[width - 1 :], mean[width - 1 :] = tilt, level
    error[width - 1 :] = np.sqrt(rest / max(width - 2, 1) / spread)
    return slope, error, mean


def _roll(values: Floats, width: int) -> Floats:
    """Sum each stretch of rows."""
    sums = np.cumsum(np.vstack([np.zeros((1, values.shape[1])), values]), axis=0)
    return np.asarray(sums[width:] - sums[:-width])
