"""The corpus holds what the exam promises."""

from collections import Counter
from datetime import timedelta

import pytest

from benchmarks.detection.corpus import CLASSES, draw_plan
from benchmarks.detection.ranges import COMMON, RANGES
from benchmarks.detection.scenario import HELD_OUT, TUNING, Scenario, make_scenario, scenarios
from benchmarks.detection.world import HOUR

ALL = tuple(scenarios())
LEAKS = [klass for klass in CLASSES if klass.startswith("leak_")]


def test_each_class_has_both_halves() -> None:
    """Every class has as many scenarios for tuning as for the table; there are at least nine hundred."""
    halves = Counter((scenario.klass, scenario.half) for scenario in ALL)
    assert (set(halves), set(halves.values()), len(ALL) >= 900) == (
        {(klass, half) for klass in CLASSES for half in (TUNING, HELD_OUT)},
        {12},
        True,
    )


def test_halves_share_no_scenario() -> None:
    """A scenario is in one half, by the parity of its seed."""
    tuning, held_out = set(scenarios(TUNING)), set(scenarios(HELD_OUT))
    assert (tuning & held_out, tuning | held_out) == (set(), set(ALL))


def test_each_class_has_its_ranges() -> None:
    """What is drawn is stated in the table of ranges, lowest first."""
    assert set(RANGES) == set(CLASSES)
    assert all(low <= high for ranges in (COMMON, *RANGES.values()) for low, high in ranges.values())


def test_leak_classes_alone_have_leaks() -> None:
    """A harmless scenario has no truth, a leak has one, the class of two has two."""
    counts = {scenario.klass: set[int]() for scenario in ALL}
    for scenario in ALL:
        counts[scenario.klass].add(len(scenario.truths))
    assert counts == {klass: {2} if klass == "leak_two" else {int(klass in LEAKS)} for klass in CLASSES}


@pytest.mark.parametrize("klass", [klass for klass in LEAKS if klass != "leak_first_scrape"])
def test_leak_begins_in_a_known_service(klass: str) -> None:
    """At least two and a half hours of history lie before a leak."""
    for scenario in of_class(klass):
        plan = draw_plan(klass, scenario.seed)[0]
        assert min(truth.begin for truth in scenario.truths) >= plan.begin + timedelta(hours=2.5)


@pytest.mark.parametrize("klass", LEAKS)
def test_leak_lasts_until_it_is_findable(klass: str) -> None:
    """At the end of a recording at least sixty goroutines are expected to have leaked."""
    for scenario in of_class(klass):
        plan = draw_plan(klass, scenario.seed)[0]
        end = plan.begin + timedelta(seconds=plan.seconds)
        hours = [((truth.fixed or end) - truth.begin).total_seconds() / HOUR for truth in scenario.truths]
        leaked = [truth.rate_per_hour * time for truth, time in zip(scenario.truths, hours, strict=True)]
        assert min(leaked) >= 60


def test_some_leaks_are_fixed() -> None:
    """A deploy ends some of the leaks that a deploy brought; no process of a later release leaks."""
    fixed = [scenario for scenario in ALL if any(truth.fixed for truth in scenario.truths)]
    assert {scenario.klass for scenario in fixed} == {"leak_midrun"}
    for scenario in fixed:
        plan = draw_plan(scenario.klass, scenario.seed)[0]
        assert {life.release for life in plan.lives} == {0, 1, 2}


def test_services_have_realistic_sizes() -> None:
    """25 to 80 stacks and up to forty instances, over eight hours to ten days; tiny services apart."""
    usual = [scenario for scenario in ALL if scenario.klass != "leak_tiny"]
    assert all(25 <= len(scenario.stacks) <= 80 for scenario in usual)
    assert all(1 <= scenario.instances <= 40 and 8 <= scenario.hours <= 240 for scenario in ALL)
    assert {scenario.interval_seconds for scenario in ALL} == {15.0, 60.0, 300.0}


def test_truths_point_to_stacks_of_their_scenario() -> None:
    """The stacks of a leak exist, and two leaks of one service share none."""
    for scenario in ALL:
        named = [stack for truth in scenario.truths for stack in truth.stacks]
        assert set(named) <= set(range(len(scenario.stacks)))
        assert len(set(named)) == len(named)


def test_scenario_is_drawn_the_same_twice() -> None:
    """The class and the seed say everything."""
    draw_plan.cache_clear()
    assert make_scenario("leak_two", 25) == next(item for item in ALL if item.name == "leak_two/25")


def of_class(klass: str) -> list[Scenario]:
    """Give the scenarios of a class."""
    return [scenario for scenario in ALL if scenario.klass == klass]
