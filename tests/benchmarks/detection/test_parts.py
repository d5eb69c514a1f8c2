"""The parts of a simulated service are queues."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.detection.events import Batch, Leak, PileUp, Steps
from benchmarks.detection.parts import Fixed, Pool, Requests, Sessions, Warmup, count_present
from benchmarks.detection.world import HOUR, MINUTE, Curve, Life, Load, Part

TIMES = np.arange(0.0, 24 * HOUR, 60.0)
LOAD = Load(TIMES, 0.0, 60.0, np.ones(len(TIMES)))
OLD, NEW = Life(0, 0, "a", 0, -100 * HOUR), Life(0, 0, "a", 0, 0.0)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 50))))
def test_present_are_those_who_came_and_did_not_leave(stays: list[tuple[float, float]]) -> None:
    """Counting by differences is counting one by one."""
    times = np.array([0.0, 10.0, 50.0, 99.0])
    arrived = np.array([begin for begin, _ in stays])
    left = arrived + np.array([length for _, length in stays])
    expected = [int(((arrived <= time) & (time < left)).sum()) for time in times]
    assert count_present(times, arrived, left).tolist() == expected


@pytest.mark.parametrize(
    ("part", "mean"),
    [
        (Fixed(0, 3), 3.0),
        (Requests(0, 4.0), 4.0),
        (Requests(0, 0.0, tail=5.0), 5.0),
        (Sessions((0,), 50.0, 10 * MINUTE), 50.0),
        (Sessions((0,), 40_000.0, HOUR), 40_000.0),
    ],
)
def test_stationary_queue_holds_its_mean(part: Part, mean: float) -> None:
    """Over a day a queue at constant load holds on average what it is said to hold, from the first hour on."""
    counts = next(iter(part.play(OLD, Load(TIMES, 0.0, 60.0, np.ones(len(TIMES))), np.random.default_rng(1)))).counts
    assert counts.mean() == pytest.approx(mean, rel=0.15)
    assert counts[:60].mean() == pytest.approx(mean, rel=0.4)


def test_busy_and_idle_are_the_whole_pool() -> None:
    """A worker is idle or busy, even when there is more work than workers."""
    busy, idle = Pool(0, 1, 10, 9.0).play(OLD, LOAD, np.random.default_rng(1))
    assert set((busy.counts + idle.counts).tolist()) == {10}
    assert idle.counts.min() == 0


def test_sessions_show_in_lock_step() -> None:
    """Each connection has one goroutine in each of its stacks."""
    first, second = Sessions((0, 1), 20.0, HOUR).play(NEW, LOAD, np.random.default_rng(1))
    assert first.counts.tolist() == second.counts.tolist()


def test_a_crowd_comes_back_to_a_new_process() -> None:
    """Scraped before the first step of its load, a process has its rush; in hours it has its mean."""
    load = Load(np.concatenate([[-20.0], TIMES]), 0.0, 60.0, np.ones(len(TIMES)))
    counts = next(iter(Sessions((0,), 40_000.0, HOUR, rush=0.5).play(NEW, load, np.random.default_rng(1)))).counts
    assert counts[0] == 20_000
    assert counts[-1] == pytest.approx(40_000, rel=0.02)


def test_warm_up_only_rises_and_ends() -> None:
    """A cache fills: it never falls, and stops at its size."""
    counts = next(iter(Warmup(0, 100, HOUR).play(NEW, LOAD, np.random.default_rng(1)))).counts
    assert (np.diff(counts).min(), counts[-1]) == (0, 100)


def test_batches_drain() -> None:
    """Between two runs of a job nothing is left of it."""
    counts = next(iter(Batch(0, 50, 2 * HOUR, HOUR, 60.0).play(OLD, LOAD, np.random.default_rng(1)))).counts
    assert counts.min() == 0
    assert counts.max() >= 30


def test_steps_stay_and_go() -> None:
    """A change starts goroutines, another ends some of them; a process born later has what holds then."""
    steps = Steps(0, ((HOUR, 30), (2 * HOUR, -10)), before=5)
    counts = next(iter(steps.play(OLD, LOAD, np.random.default_rng(1)))).counts
    assert [int(counts[place]) for place in (0, 59, 61, 119, 121, -1)] == [5, 5, 35, 35, 25, 25]


def test_pile_up_ends_with_its_episode() -> None:
    """Who waits for a stalled downstream leaves when it recovers."""
    pile = PileUp((0,), ((HOUR, 30 * MINUTE),), per_minute=10, drain_seconds=30)
    counts = next(iter(pile.play(OLD, LOAD, np.random.default_rng(1)))).counts
    assert (int(counts[:60].sum()), int(counts[92:].sum())) == (0, 0)
    assert counts[89] == pytest.approx(300, rel=0.25)


def test_leak_never_falls_and_grows_at_its_rate() -> None:
    """Births at the stated rate from the begin on, no deaths."""
    leak = Leak(0, ((0, 1), (2,)), (0.75, 0.25), 120.0, 4 * HOUR)
    pair, twin, single = leak.play(OLD, LOAD, np.random.default_rng(1))
    total = pair.counts + single.counts
    assert pair.counts.tolist() == twin.counts.tolist()
    assert (int(total[239]), int(np.diff(total).min())) == (0, 0)
    assert total[-1] == pytest.approx(2400, rel=0.1)
    assert leak.rates(OLD, LOAD).sum() / 60 == pytest.approx(2400)


def test_leak_of_another_release_leaks_nothing() -> None:
    """Only the processes of the releases named leak."""
    leak = Leak(0, ((0,),), (1.0,), 120.0, HOUR, releases=frozenset({1}))
    assert [int(trace.counts.sum()) for trace in leak.play(OLD, LOAD, np.random.default_rng(1))] == [0]


def test_curve_ramps_stay_and_spikes_go() -> None:
    """A ramp holds its height, a spike is over when it is over."""
    curve = Curve(ramps=((10.0, 20.0, 3.0),), spikes=((30.0, 5.0, 2.0),))
    assert curve.at(np.array([0.0, 15.0, 20.0, 30.0, 35.0])).tolist() == [1.0, 2.0, 3.0, 6.0, 3.0]
