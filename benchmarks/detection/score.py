"""Reports against truths: which leaks were found, when, what was said twice, what was false."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from benchmarks.detection.ask import expected_rate
from benchmarks.detection.nouns import Scenario, SimScrape, Truth

_SECONDS_PER_DAY = 86400


@dataclass(frozen=True, slots=True)
class Report:
    """What a detector tells people: these stacks (None: the service as a whole) leak, said at the end of `slot`.

    The rate is goroutines an hour over the service with a 90 % interval, NaN where the detector names none. An `update`
    tells the rate of what was reported before, and is no report of its own.
    """

    service: str
    stacks: frozenset[int] | None
    slot: datetime
    rate_per_hour: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    update: bool = False


Detector: TypeAlias = Callable[[Scenario, Iterator[SimScrape]], list[Report]]


@dataclass(frozen=True, slots=True)
class Found:
    """A leak that was found. `expected` is its true rate from its begin to the newest estimate, `estimate`."""

    truth: Truth
    first: Report
    estimate: Report
    expected: float
    delay_scrapes: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a detector made of one scenario."""

    scenario: Scenario
    found: tuple[Found, ...]
    missed: tuple[Truth, ...]
    duplicates: tuple[Report, ...]
    false: tuple[Report, ...]
    instance_days: float


def examine(scenario: Scenario, detector: Detector, scrapes: Iterable[SimScrape]) -> Outcome:
    """Let a detector look at a scenario, and score what it says."""
    tally = [0]
    reports = detector(scenario, _counted(scrapes, tally))
    days = tally[0] * scenario.interval_seconds / _SECONDS_PER_DAY
    return score(scenario, reports, days)


def _counted(scrapes: Iterable[SimScrape], tally: list[int]) -> Iterator[SimScrape]:
    """Pass scrapes on and count the attempts."""
    for scrape in scrapes:
        tally[0] += 1
        yield scrape


def score(scenario: Scenario, reports: Sequence[Report], instance_days: float) -> Outcome:
    """Give each report to the first leak that it names; the first report of a leak finds it, others repeat it."""
    first: dict[int, Report] = {}
    newest: dict[int, Report] = {}
    duplicates: list[Report] = []
    false: list[Report] = []
    for report in sorted(reports, key=lambda item: item.slot):
        named = [number for number, truth in enumerate(scenario.truths) if _names(report, truth)]
        number = next((place for place in named if place not in first), named[0] if named else None)
        if report.update:
            newest |= {place: report for place in named if place in first}
        elif number is None:
            false.append(report)
        elif number in first:
            duplicates.append(report)
        else:
            first[number] = newest[number] = report
    return Outcome(
        scenario,
        tuple(_found(scenario, scenario.truths[number], report, newest[number]) for number, report in first.items()),
        tuple(truth for number, truth in enumerate(scenario.truths) if number not in first),
        tuple(duplicates),
        tuple(false),
        instance_days,
    )


def _names(report: Report, truth: Truth) -> bool:
    """Say whether a report is about a leak that has begun."""
    same = report.stacks is None or bool(report.stacks & truth.stacks)
    return same and report.service == truth.service and report.slot >= truth.begin


def _found(scenario: Scenario, truth: Truth, first: Report, estimate: Report) -> Found:
    """Say how late and how exact a report was."""
    delay = (first.slot - truth.begin).total_seconds() / scenario.interval_seconds
    until = min(estimate.slot, truth.fixed) if truth.fixed else estimate.slot
    expected = expected_rate(scenario, truth, truth.begin, until)
    return Found(truth, first, estimate, expected, delay)
