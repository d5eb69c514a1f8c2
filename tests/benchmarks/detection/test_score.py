"""How reports are scored against truths."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from benchmarks.detection.figures import sum_up
from benchmarks.detection.scenario import Scenario, SimScrape, make_scenario
from benchmarks.detection.score import Outcome, Report, examine, score

LEAK = make_scenario("leak_two", 1)
HARMLESS = make_scenario("one_step", 1)
FIRST, SECOND = LEAK.truths
SERVICE = FIRST.service
BEGIN = FIRST.begin


def test_first_report_finds_and_later_ones_repeat() -> None:
    """A leak counts once; who says it again, by any of its stacks, repeats."""
    stack = min(FIRST.stacks)
    outcome = _score(LEAK, _report(stack, 10), _report(stack, 20), _report(stack, 30))
    assert _story(outcome) == (["number 1"], ["number 2"], 2, 0)


def test_two_leaks_are_found_by_two_reports() -> None:
    """Each report goes to the leak whose stack it names."""
    after = (SECOND.begin - BEGIN).total_seconds() / 60 + 1
    outcome = _score(LEAK, _report(min(SECOND.stacks), after), _report(min(FIRST.stacks), 5))
    assert _story(outcome) == (["number 1", "number 2"], [], 0, 0)


def test_report_before_the_begin_is_false() -> None:
    """A stack that does not leak yet is falsely named, and the leak can still be found."""
    stack = min(FIRST.stacks)
    assert _story(_score(LEAK, _report(stack, -1), _report(stack, 9))) == (["number 1"], ["number 2"], 0, 1)


def test_report_of_another_stack_is_false() -> None:
    """What does not leak is falsely named, in a leaking service as in a harmless one."""
    healthy = next(stack for stack in range(99) if stack not in FIRST.stacks | SECOND.stacks)
    assert _story(_score(LEAK, _report(healthy, 9)))[2:] == (0, 1)
    assert _story(_score(HARMLESS, _report(0, 9))) == ([], [], 0, 1)


def test_report_of_a_service_finds_one_leak() -> None:
    """Who knows totals only is right while something leaks."""
    assert _story(_score(LEAK, _report(None, 9)))[:2] == (["number 1"], ["number 2"])


def test_update_changes_the_estimate_alone() -> None:
    """A later rate of a reported leak is no report; of a leak that was not reported it is nothing."""
    stack = min(FIRST.stacks)
    outcome = _score(LEAK, _report(stack, 9, rate=1.0), _report(stack, 60, rate=2.0, update=True))
    assert (_story(outcome)[2:], outcome.found[0].estimate.rate_per_hour) == ((0, 0), 2.0)
    assert _story(_score(LEAK, _report(stack, 9, update=True))) == ([], ["number 1", "number 2"], 0, 0)


def test_delay_is_counted_in_scrapes_from_the_begin() -> None:
    """A report two hours after the begin came 120 scrapes late at one a minute."""
    (found,) = _score(LEAK, _report(min(FIRST.stacks), 120)).found
    assert found.delay_scrapes == pytest.approx(7200 / LEAK.interval_seconds)


def test_figures_of_outcomes() -> None:
    """Precision leaves duplicates out, recall counts leaks, false alarms are those of harmless time."""
    stack = min(FIRST.stacks)
    leaking = _score(LEAK, _report(stack, 9), _report(stack, 90), _report(99, 10))
    figures = sum_up([leaking, _score(HARMLESS, _report(0, 9)), _score(HARMLESS)])
    assert (figures.precision, figures.recall, figures.repeated) == (1 / 3, 0.5, 0.25)
    assert (figures.silent, figures.false_per_1000_instance_days) == (0.5, 250.0)


def test_instance_days_are_those_that_were_scraped() -> None:
    """An attempt stands for one interval of one instance."""
    attempts = [SimScrape(BEGIN, SERVICE, "a", "v1", BEGIN, None, "refused")] * 3
    outcome = examine(HARMLESS, _silent, attempts)
    assert outcome.instance_days == pytest.approx(3 * HARMLESS.interval_seconds / 86400)


def _silent(_scenario: Scenario, scrapes: object) -> list[Report]:
    """Look at everything and say nothing."""
    assert len(list(scrapes)) == 3  # type: ignore[call-overload]  # any iterable
    return []


def _score(scenario: Scenario, *reports: Report) -> Outcome:
    """Score some reports of two instance-days."""
    return score(scenario, reports, 2.0)


def _report(stack: int | None, minutes: float, *, rate: float = 1.0, update: bool = False) -> Report:
    """Make a report so long after the begin of the first leak."""
    stacks = None if stack is None else frozenset({stack})
    return Report(SERVICE, stacks, BEGIN + timedelta(minutes=minutes), rate, 0.5, 2.0, update)


def _story(outcome: Outcome) -> tuple[Sequence[str], Sequence[str], int, int]:
    """Give the names of leaks found and missed, and how many reports were duplicates and false."""
    found = sorted(item.truth.name for item in outcome.found)
    return found, [truth.name for truth in outcome.missed], len(outcome.duplicates), len(outcome.false)
