"""Outcomes -> figures."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from benchmarks.detection.score import Found, Outcome


@dataclass(frozen=True, slots=True)
class Figures:
    """What a detector is worth on some scenarios. Shares are NaN where there is nothing to share.

    `silent` is the share of harmless scenarios without a report, `covered` of rates inside their 90 % interval.
    """

    leaks: int
    found: int
    false: int
    duplicates: int
    delay_median: float
    delay_p90: float
    rate_error: float
    covered: float
    silent: float
    false_per_1000_instance_days: float

    @property
    def precision(self) -> float:
        """Share of true ones among what was reported, each leak once."""
        return divide(self.found, self.found + self.false)

    @property
    def recall(self) -> float:
        """Share of leaks that were found."""
        return divide(self.found, self.leaks)

    @property
    def repeated(self) -> float:
        """Share of duplicates among all reports."""
        return divide(self.duplicates, self.duplicates + self.found + self.false)


def sum_up(outcomes: Iterable[Outcome]) -> Figures:
    """Give the figures of some outcomes."""
    outcomes = list(outcomes)
    found = [item for outcome in outcomes for item in outcome.found]
    harmless = [outcome for outcome in outcomes if not outcome.scenario.truths]
    delays = [item.delay_scrapes for item in found]
    rated = [item for item in found if item.truth.steady and not math.isnan(item.estimate.rate_per_hour)]
    days = sum(outcome.instance_days for outcome in harmless)
    return Figures(
        sum(len(outcome.scenario.truths) for outcome in outcomes),
        len(found),
        sum(len(outcome.false) for outcome in outcomes),
        sum(len(outcome.duplicates) for outcome in outcomes),
        median(delays) if delays else math.nan,
        quantiles(delays, n=10)[-1] if len(delays) > 1 else math.nan,
        median(map(_error, rated)) if rated else math.nan,
        divide(sum(map(_covers, rated)), len(rated)),
        divide(sum(not outcome.false for outcome in harmless), len(harmless)),
        1000 * divide(sum(len(outcome.false) for outcome in harmless), days),
    )


def by_class(outcomes: Iterable[Outcome]) -> Mapping[str, Figures]:
    """Give the figures of each class, in the order of the corpus."""
    classes: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        classes[outcome.scenario.klass].append(outcome)
    return {klass: sum_up(members) for klass, members in classes.items()}


def delays_by_rate(outcomes: Sequence[Outcome]) -> Mapping[tuple[str, str], tuple[int, float, float]]:
    """Give leaks, their median delay and the least delay that counting allows, by rate and number of instances.

    The limit is the time to thirty goroutines over the service: a Poisson count is five and a half of its own standard
    deviations away from zero then. In scrapes.
    """
    cells: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for outcome in outcomes:
        for item in outcome.found:
            each = item.truth.rate_per_hour / 60 / max(item.truth.instances, 1)
            key = (_bucket(each, (0.1, 1, 10)), _bucket(item.truth.instances, (1, 4, 12)))
            limit = 30 / item.truth.rate_per_hour * 3600 / outcome.scenario.interval_seconds
            cells[key].append((item.delay_scrapes, limit))
    return {
        key: (len(pairs), median(delay for delay, _ in pairs), median(limit for _, limit in pairs))
        for key, pairs in sorted(cells.items())
    }


@dataclass(frozen=True, slots=True)
class Promise:
    """Delays that the promises are about, in scrapes, of leaks in services that were known before they began.

    `fast_each` are those of one a minute and faster on each instance, `fast` those over the whole service. `added` is
    what a slow leak (leak_slow) had added over the service when it was told, the median and the most.
    """

    fast_each: tuple[int, float]
    fast: tuple[int, float]
    slow: int
    added: tuple[float, float]


def promise(outcomes: Iterable[Outcome]) -> Promise:
    """Give the delays of leaks by the bounds of the promises; NaN where there are none."""
    known = [(out.scenario, found) for out in outcomes for found in out.found if out.scenario.klass not in _UNKNOWN]
    fast = [item for _, item in known if item.truth.rate_per_hour >= _MINUTELY]
    each = [item for item in fast if item.truth.rate_per_hour >= _MINUTELY * max(item.truth.instances, 1)]
    slow = [
        item.delay_scrapes * scenario.interval_seconds / 3600 * item.truth.rate_per_hour
        for scenario, item in known
        if scenario.klass == "leak_slow"
    ]
    return Promise(_count(each), _count(fast), len(slow), (median(slow), max(slow)) if slow else (math.nan, math.nan))


_MINUTELY = 60.0
_UNKNOWN = frozenset({"leak_first_scrape"})
"""Classes of leaks that are there before the service is known."""


def _count(found: Sequence[Found]) -> tuple[int, float]:
    """Give how many there are, and their median delay."""
    return len(found), median(item.delay_scrapes for item in found) if found else math.nan


def divide(part: float, whole: float) -> float:
    """Give a share, NaN of nothing."""
    return part / whole if whole else math.nan


def _bucket(value: float, bounds: Sequence[float]) -> str:
    """Name the range that a value lies in."""
    for bound in bounds:
        if value <= bound:
            return f"up to {bound:g}"
    return f"more than {bounds[-1]:g}"


def _error(item: Found) -> float:
    """Give the relative error of a rate."""
    return abs(item.estimate.rate_per_hour - item.expected) / max(item.expected, 1e-9)


def _covers(item: Found) -> bool:
    """Say whether the interval holds the true rate."""
    return item.estimate.low <= item.expected <= item.estimate.high
