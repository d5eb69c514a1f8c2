"""What a leaked goroutine costs, from what a process said of its memory."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.cost import COSTLIEST_BYTES, STATED, describe_cost
from processors.find_cost import FEWEST_GAINED, find_cost, find_least_live
from schemas.evidence import Summary, Taken
from schemas.heap import GoroutineCost, HeapReading, MemStats
from schemas.model import Kind
from tests.store_rows import START, minute

MIB = 2**20
EMPTY = MemStats(0, 0, 0, 2**40, 0, 0, 5)


def reading(goroutines: int, heap: int, stacks: int, **more: Any) -> HeapReading:
    """Give a reading with so many bytes in use, without garbage: a collection was asked for just before."""
    stats = replace(EMPTY, heap_alloc=heap, stack_inuse=stacks, total_alloc=heap)
    return HeapReading(stats, **{"goroutines": goroutines, "of_stack": goroutines, "settled_seconds": 0.0, **more})


def taken(number: int, heap: HeapReading, instance: str = "a:1", asked_for: int = 255) -> Taken:
    """Give a reading of minute `number`."""
    return Taken(minute(number), instance, Kind.HEAP, asked_for, Summary(heap=heap))


FIRST, SECOND = reading(200, 50 * MIB, MIB), reading(3_300, 100 * MIB, 8 * MIB)


def test_without_a_reading_there_is_no_cost() -> None:
    """Neither of another stack, nor in other evidence."""
    other = Taken(START, "a:1", Kind.LEAK, 255, Summary())
    assert find_cost([other, taken(0, FIRST, asked_for=7)], 255) is None


def test_recorded_readings_speak_of_every_stack() -> None:
    """Nobody asked for them; the goroutines gained are all of the process."""
    recorded = [taken(at, replace(heap, of_stack=None), asked_for=0) for at, heap in ((0, FIRST), (24, SECOND))]
    assert find_cost(recorded, 7) == find_cost([taken(0, FIRST), taken(24, SECOND)], 255)


def test_two_readings_of_one_process_tell_the_cost() -> None:
    """57 MiB over 3,100 goroutines are 18.8 KiB each; garbage and the moment of the scrape leave a range."""
    cost = find_cost([taken(0, FIRST), taken(24, SECOND)], 255)
    assert cost is not None
    assert cost.low_bytes < 57 * MIB / 3_100 < cost.high_bytes < 1.2 * cost.low_bytes
    assert (cost.how, cost.measured) == (
        "measured: two readings of a:1 24 min apart, 3,100 goroutines more",
        True,
    )


def test_garbage_widens_the_range_and_leaves_the_truth_in_it() -> None:
    """The heap doubles until the next collection, and nothing says which part of it is garbage."""
    before = replace(FIRST, settled_seconds=None, stats=replace(FIRST.stats, heap_alloc=90 * MIB, next_gc=100 * MIB))
    after = replace(SECOND, settled_seconds=None, stats=replace(SECOND.stats, heap_alloc=190 * MIB, next_gc=200 * MIB))
    cost = find_cost([taken(0, before), taken(24, after)], 255)
    assert cost is not None
    assert cost.low_bytes < 57 * MIB / 3_100 < cost.high_bytes


@pytest.mark.parametrize(
    "second",
    [
        replace(SECOND, life=START),
        replace(SECOND, stats=replace(SECOND.stats, collections=4)),
        replace(SECOND, stats=replace(SECOND.stats, total_alloc=MIB)),
        replace(SECOND, goroutines=200 + FEWEST_GAINED - 1),
        replace(SECOND, goroutines=20_000),
        replace(SECOND, goroutines=900),
    ],
)
def test_readings_that_tell_nothing_together_are_no_pair(second: HeapReading) -> None:
    """Another process, too few goroutines more, or mostly others than the leak; then the newest stands alone."""
    cost = find_cost([taken(0, FIRST), taken(24, second)], 255)
    assert cost == find_cost([taken(24, second)], 255)
    assert (cost is not None, cost is not None and cost.measured) == (True, False)


def test_readings_of_two_instances_are_no_pair() -> None:
    """Each has its own heap."""
    cost = find_cost([taken(0, FIRST), taken(24, SECOND, "b:1")], 255)
    assert cost is not None
    assert not cost.measured


def test_one_reading_gives_the_stack_up_to_what_is_stated() -> None:
    """Where the leak is most of the process; else the smallest stack stands for it."""
    assert find_cost([taken(0, SECOND)], 255) == GoroutineCost(
        8 * MIB / 3_300, COSTLIEST_BYTES, "one reading: 2.48 KiB of stack each on a:1, to costliest known pattern"
    )
    assert find_cost([taken(0, replace(SECOND, of_stack=7))], 255) == GoroutineCost(
        2_048, COSTLIEST_BYTES, "one reading: smallest stack, to costliest known pattern"
    )


def test_more_readings_narrow_the_range() -> None:
    """What is common to all pairs counts: each stood elsewhere between two collections."""
    third = replace(SECOND, goroutines=6_400, of_stack=6_400, stats=replace(SECOND.stats, stack_inuse=15 * MIB))
    third = replace(third, stats=replace(third.stats, heap_alloc=150 * MIB, total_alloc=150 * MIB))
    cost, pair = (find_cost([taken(0, FIRST), taken(24, SECOND), *more], 255) for more in ([taken(48, third)], []))
    assert cost is not None
    assert pair is not None
    assert pair.low_bytes < cost.low_bytes < 57 * MIB / 3_100 < cost.high_bytes < pair.high_bytes
    assert cost.how == "measured: 3 readings of a:1 48 min apart, 6,200 goroutines more"


def test_readings_that_do_not_agree_leave_the_longest_pair() -> None:
    """A cache came before the third one: it weighs least where most goroutines came."""
    cached = replace(SECOND, goroutines=6_000, of_stack=6_000)
    cached = replace(cached, stats=replace(cached.stats, heap_alloc=900 * MIB, total_alloc=900 * MIB))
    first, last = taken(0, FIRST), taken(48, cached)
    assert find_cost([first, taken(24, SECOND), last], 255) == find_cost([first, last], 255)


@pytest.mark.parametrize(
    ("next_gc", "settled", "least"),
    [
        (300 * MIB, None, 96 * MIB),
        (8 * MIB, None, 0),
        (2**63, None, 0),
        (300 * MIB, 0.0, 198 * MIB),
        (300 * MIB, 10.0, 178 * MIB),
        (900 * MIB, None, 200 * MIB),
    ],
)
def test_least_that_lives_is_what_a_collection_left(next_gc: int, settled: float | None, least: int) -> None:
    """By the goal, or by what was allocated since; a goal that says nothing gives nothing; never more than there is."""
    stats = replace(EMPTY, heap_alloc=200 * MIB, stack_inuse=5 * MIB, next_gc=next_gc)
    found = find_least_live(HeapReading(stats, goroutines=2_048, settled_seconds=settled), float(MIB))
    assert found == pytest.approx(least)
    sampled = replace(stats, sampled_least=150 * MIB)
    found = find_least_live(HeapReading(sampled, goroutines=2_048, settled_seconds=settled), float(MIB))
    assert found == pytest.approx(max(least, 150 * MIB))


@given(
    live=st.integers(0, 2**33),
    gained=st.integers(200, 50_000),
    each=st.integers(2_048, 2**18),
    garbage=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    gogc=st.floats(0.25, 2),
)
def test_range_holds_the_truth_wherever_the_collector_stands(
    live: int, gained: int, each: int, garbage: tuple[float, float], gogc: float
) -> None:
    """At any GOGC up to 200, at any point between two collections, whatever lives beside the leak."""
    readings = []
    for at, part in enumerate(garbage):
        alive = live + at * gained * (each - 2_048)
        stacks = MIB + at * gained * 2_048
        goal = max(round(alive + (alive + stacks + MIB / 2) * gogc), round(4 * MIB * gogc))
        stats = MemStats(
            heap_alloc=round(alive + part * (goal - alive)),
            heap_inuse=goal,
            stack_inuse=stacks,
            sys=2**50,
            total_alloc=2**45 + at,
            next_gc=goal,
            collections=7,
        )
        readings.append(taken(30 * at, HeapReading(stats, 10 + at * gained, at * gained)))
    cost = find_cost(readings, 255)
    assert cost is not None
    assert cost.low_bytes <= each <= cost.high_bytes


def test_cost_is_said_in_bytes_for_people() -> None:
    """For all goroutines, and for each."""
    assert describe_cost(STATED, 100) == "200 KiB to 2.34 MiB now, 2 KiB to 24 KiB each"
