"""The rules that others use, on the same scrapes. Each is applied causally, and reports as windows.py says."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial

import numpy as np

from benchmarks.detection.ask import proves
from benchmarks.detection.nouns import Scenario, SimScrape
from benchmarks.detection.score import Detector, Report
from benchmarks.detection.windows import Said, fit_lines, report_by_rule
from benchmarks.detection.world import Floats

WINDOW_SCRAPES = 60
LEAST_GROWTH = 8.0
"""Goroutines over the window; less is nothing for any rule that looks at single stacks."""
_FIRM_T = 3.46
"""One in two thousand by chance, with 58 degrees of freedom."""
_HELD_SCRAPES = 15
_RISES = 5
_POLL_MINUTES = 15
_SHARE = 0.1
_TAIL_SHARE = 0.3


def fixed(most: float, counts: Floats) -> Said:
    """More than so many goroutines in a process (the usual alert; LeakProf has one of 10,000 for each stack)."""
    nothing = np.full(counts.shape, np.nan)
    return Said(counts > most, nothing, nothing)


def total_slope(counts: Floats) -> Said:
    """The line through the last hour of the total rises beyond chance, and by a tenth."""
    slope, error, mean = fit_lines(counts, WINDOW_SCRAPES)
    rises = (slope > _FIRM_T * error) & (slope * WINDOW_SCRAPES >= np.maximum(_SHARE * mean, LEAST_GROWTH))
    return Said(rises, slope, error)


def five_rises(counts: Floats) -> Said:
    """The count rose in each of the last five cycles (monigo)."""
    nothing = np.full(counts.shape, np.nan)
    rose = np.zeros(counts.shape, dtype=np.int64)
    rose[1:] = np.diff(counts, axis=0) > 0
    inside = np.cumsum(rose, axis=0)
    five = np.zeros(counts.shape, dtype=np.bool_)
    five[_RISES:] = inside[_RISES:] - inside[:-_RISES] == _RISES
    return Said(five, nothing, nothing)


def never_falls(counts: Floats) -> Said:
    """Over the window it never falls, its second half is twice its first (medians), and it still rises (Roami)."""
    nothing = np.full(counts.shape, np.nan)
    leaks = np.zeros(counts.shape, dtype=np.bool_)
    half = WINDOW_SCRAPES // 2
    for end in range(WINDOW_SCRAPES, len(counts) + 1):
        window = counts[end - WINDOW_SCRAPES : end]
        steady = (window[1:] >= window[:-1]).all(axis=0) & (window[-1] > window[-half // 2])
        if steady.any():
            first, second = np.median(window[:half, steady], axis=0), np.median(window[half:, steady], axis=0)
            leaks[end - 1, steady] = (second >= 2 * first) & (second > 0)
    return Said(leaks, nothing, nothing)


def least_squares(counts: Floats) -> Said:
    """The line through the last hour of a stack rises beyond chance, by t-test."""
    slope, error, _ = fit_lines(counts, WINDOW_SCRAPES)
    return Said((slope > _FIRM_T * error) & (slope * WINDOW_SCRAPES >= LEAST_GROWTH), slope, error)


def slope_and_tail(counts: Floats) -> Said:
    """Coroot's rule for memory, for a stack: it rises 10 % an hour, its last quarter 30 % of that, for 15 scrapes.

    Restarts segment it. In place of 50 MiB an hour stands LEAST_GROWTH.
    """
    slope, error, mean = fit_lines(counts, WINDOW_SCRAPES)
    tail, _, _ = fit_lines(counts, WINDOW_SCRAPES // 4)
    grows = slope * WINDOW_SCRAPES >= np.maximum(_SHARE * mean, LEAST_GROWTH)
    leaks = grows & (tail > 0) & (tail >= _TAIL_SHARE * slope)
    held = np.cumsum(leaks, axis=0)
    long = np.zeros(counts.shape, dtype=np.bool_)
    long[_HELD_SCRAPES:] = held[_HELD_SCRAPES:] - held[:-_HELD_SCRAPES] == _HELD_SCRAPES
    return Said(long, slope, error)


def goroutineleak(scenario: Scenario, scrapes: Iterator[SimScrape]) -> list[Report]:
    """The runtime's own profile alone, asked for every quarter of an hour; each stack is reported once."""
    asked: dict[str, object] = {}
    told: set[int] = set()
    reports = []
    for scrape in scrapes:
        last = asked.get(scrape.instance)
        if scrape.counts is None or (last is not None and scrape.time - last < timedelta(minutes=_POLL_MINUTES)):  # type: ignore[operator]
            continue
        asked[scrape.instance] = scrape.time
        for stack in proves(scenario, scrape.instance, scrape.time) or {}:
            if stack not in told:
                told.add(stack)
                reports.append(Report(scrape.service, frozenset({stack}), scrape.time))
    return reports


BASELINES: Mapping[str, Detector] = {
    "total above 10,000": partial(report_by_rule, rule=partial(fixed, 10_000), total=True),
    "total above 1,000": partial(report_by_rule, rule=partial(fixed, 1_000), total=True),
    "slope of the total": partial(report_by_rule, rule=total_slope, total=True),
    "five rises in a row": partial(report_by_rule, rule=five_rises),
    "never falls, doubles, still rises": partial(report_by_rule, rule=never_falls),
    "least squares per stack": partial(report_by_rule, rule=least_squares),
    "slope and tail per stack": partial(report_by_rule, rule=slope_and_tail),
    "goroutineleak alone": goroutineleak,
}
