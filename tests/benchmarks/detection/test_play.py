"""What a simulated fleet shows, and what was true of it."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest

from benchmarks.detection.corpus import CLASSES
from benchmarks.detection.play import world_of
from benchmarks.detection.scenario import SimScrape, dump, expected_rate, make_scenario, play, proves
from benchmarks.detection.simulate import World

LEAKS = [klass for klass in CLASSES if klass.startswith("leak_")]


def test_same_seed_plays_the_same() -> None:
    """A scenario is its class and its seed."""
    first = list(play(make_scenario("leak_restarts", 2)))
    world_of.cache_clear()
    assert list(play(make_scenario("leak_restarts", 2))) == first


def test_another_seed_plays_something_else() -> None:
    """No two scenarios of a class are the same."""
    assert list(play(make_scenario("one_step", 2)))[:50] != list(play(make_scenario("one_step", 4)))[:50]


@pytest.mark.parametrize("klass", ["vanishing_instances", "scrape_outage", "autoscaling", "leak_tiny"])
def test_scrapes_are_whole(klass: str) -> None:
    """They come in order of time, from processes that have begun; each has counts above zero, or an error."""
    scenario = make_scenario(klass, 1)
    scrapes = list(play(scenario))
    assert scrapes == sorted(scrapes, key=lambda scrape: scrape.time)
    assert all((scrape.counts is None) == bool(scrape.error) for scrape in scrapes)
    assert all(scrape.counts is None or scrape.time >= scrape.process_start for scrape in scrapes)
    counted = [scrape.counts for scrape in scrapes if scrape.counts is not None]
    assert min(min(counts.values()) for counts in counted) > 0
    assert set().union(*counted) <= set(range(len(scenario.stacks)))


@pytest.mark.parametrize("klass", LEAKS)
def test_leak_grows_at_about_its_rate(klass: str) -> None:
    """What was born in a leak is what was expected: within the noise of counting its batches."""
    scenario = make_scenario(klass, 1)
    world = world_of(scenario)
    end = world.plan.begin + timedelta(seconds=world.plan.seconds)
    for number, truth in enumerate(scenario.truths):
        born = _born(world, number, (truth.begin - world.plan.begin).total_seconds())
        until = truth.fixed or end
        hours = (until - truth.begin).total_seconds() / 3600
        expected = expected_rate(scenario, truth, truth.begin, until) * hours
        batch = 30 if klass == "leak_bursty" else 1
        assert abs(born - expected) <= 5 * (2 * batch * expected) ** 0.5
        assert truth.rate_per_hour * hours == pytest.approx(expected, rel=0.3)


@pytest.mark.parametrize("klass", LEAKS)
def test_stacks_of_a_leak_show_what_leaked(klass: str) -> None:
    """In the last scrape of a process there are at least as many goroutines in a leak's stacks as leaked in it."""
    scenario = make_scenario(klass, 1)
    for lived in world_of(scenario).lived:
        leaked = np.zeros(len(scenario.stacks), dtype=np.int64)
        for trace in lived.traces:
            if trace.leak >= 0 and len(trace.counts):
                leaked[trace.stack] += trace.counts[-1]
        if len(lived.load.times):
            assert (lived.counts[:, -1] >= leaked).all()


@pytest.mark.parametrize("seed", range(12))
def test_proofs_name_leaked_goroutines_only(seed: int) -> None:
    """The runtime proves a part of a leak, never more than there are; before Go 1.27 it says nothing."""
    scenario = make_scenario("leak_linear", seed)
    last = _last(list(play(scenario)))
    proven = proves(scenario, last.instance, last.time)
    assert (proven is None) == (world_of(scenario).plan.go_minors[0] < 27)
    for stack, count in (proven or {}).items():
        assert stack in scenario.truths[0].stacks
        assert last.counts is not None
        assert count <= last.counts[stack]


def test_nothing_is_proven_of_the_harmless() -> None:
    """What stays for long is no leak: a profile without stacks, or no profile."""
    for seed in range(4):
        scenario = make_scenario("slow_walk", seed)
        last = _last(list(play(scenario)))
        assert not proves(scenario, last.instance, last.time)


def test_nobody_answers_for_a_process_that_is_not_there() -> None:
    """An unknown instance has no profile, and no dump."""
    scenario = make_scenario("leak_tiny", 0)
    last = _last(list(play(scenario)))
    assert (proves(scenario, "nobody:1", last.time), dump(scenario, "nobody:1", last.time)) == (None, ())


def test_leaked_goroutines_wait_since_they_leaked() -> None:
    """The longest waits in a stuck stack are as old as the leak, those of requests are minutes."""
    scenario = make_scenario("leak_lock", 1)
    last = _last(list(play(scenario)))
    dumped = dump(scenario, last.instance, last.time)
    age_minutes = (last.time - scenario.truths[0].begin).total_seconds() / 60
    assert last.counts is not None
    for stack in scenario.truths[0].stacks:
        waiting = [one.minutes for one in dumped if one.stack == stack]
        assert len(waiting) == pytest.approx(last.counts[stack], rel=0.05)
        assert age_minutes * 0.9 <= max(waiting) <= age_minutes


def _born(world: World, number: int, begin: float) -> int:
    """Count the goroutines that leaked during a recording, each once where it shows in several stacks."""
    born = 0
    for lived in world.lived:
        groups = {id(trace.arrived): trace.arrived for trace in lived.traces if trace.leak == number}
        end = min(lived.life.died, world.plan.seconds)
        born += sum(int(((arrived >= begin) & (arrived < end)).sum()) for arrived in groups.values())
    return born


def _last(scrapes: Sequence[SimScrape]) -> SimScrape:
    """Give the last scrape that succeeded."""
    return [scrape for scrape in scrapes if scrape.counts is not None][-1]
