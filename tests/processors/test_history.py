"""What the memory of one process life promises."""

from datetime import timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from processors.history import HISTORY_SLOTS, Life, slot_of
from processors.life import Began, find_collapse
from tests.processors.fleet import BEGIN


def life_of(counts: list[int | None]) -> Life:
    """A life whose stack 1 had these counts, one a minute; None is a missing scrape."""
    life = Life("a", BEGIN, 60.0, "v1")
    for minute, count in enumerate(counts):
        if count is not None:
            life.observe(BEGIN + timedelta(minutes=minute), {1: count} if count else {})
    return life


def floors(life: Life, window: int, windows: int) -> list[int] | None:
    """The floors of stack 1 up to the newest slot."""
    found = life.floors(np.array([life.rows[1]]), life.newest, window, windows)
    return None if found is None else [int(floor) for floor in found[0]]


def test_floors_are_minima_newest_first() -> None:
    """Windows of two, the newest first."""
    assert floors(life_of([5, 4, 9, 8, 3, 7]), 2, 3) == [3, 8, 4]


def test_missing_scrape_is_a_gap_and_not_a_zero() -> None:
    """A floor ignores what was not scraped."""
    assert floors(life_of([5, None, 9, 8]), 2, 2) == [8, 5]


def test_window_with_too_few_scrapes_is_no_floor() -> None:
    """More gaps than scrapes: nothing is said."""
    assert floors(life_of([5, None, None, None, 8, 8]), 3, 2) is None


def test_stack_that_disappears_counts_zero() -> None:
    """Absent from a profile means zero goroutines."""
    assert floors(life_of([5, 5, 0, 5]), 2, 2) == [0, 5]


def test_old_slots_are_forgotten() -> None:
    """The history is a ring."""
    life = life_of([1] * (HISTORY_SLOTS + 5))
    assert (life.expired(BEGIN), life.holds(BEGIN), life.holds(BEGIN + timedelta(minutes=10))) == (True, False, True)


def test_idle_series_are_let_go() -> None:
    """A stack that was zero throughout is dropped unless it is watched."""
    life = life_of([3, *[0] * HISTORY_SLOTS])
    life.observe(BEGIN + timedelta(minutes=HISTORY_SLOTS + 1), {2: 1})
    life.forget_idle(keep=frozenset({1}))
    assert set(life.rows) == {1, 2}
    life.forget_idle(keep=frozenset())
    assert set(life.rows) == {2}


@given(st.lists(st.integers(0, 9), min_size=4, max_size=60), st.randoms())
def test_order_of_arrival_does_not_matter(counts: list[int], random: object) -> None:
    """Late scrapes end up where they belong."""
    straight = life_of([count + 1 for count in counts])
    shuffled = Life("a", BEGIN, 60.0, "v1")
    order = list(enumerate(counts))
    random.shuffle(order)  # type: ignore[attr-defined]  # Hypothesis gives a random.Random
    for minute, count in order:
        shuffled.observe(BEGIN + timedelta(minutes=minute), {1: count + 1})
    assert floors(shuffled, 2, 2) == floors(straight, 2, 2)


def test_collapse_of_the_counts_is_a_restart() -> None:
    """Most stacks falling at once is another process; one leak that ends is not."""
    assert find_collapse({1: 100, 2: 50, 3: 20}, {1: 3, 2: 2, 3: 20}) is Began.COLLAPSE
    assert find_collapse({1: 30, 2: 50, 3: 50}, {1: 0, 2: 50, 3: 50}) is None
    assert find_collapse({}, {1: 5}) is None


def test_slot_is_the_time_rounded_down_to_the_interval() -> None:
    """Aligned to 1970, for fractions of a second too."""
    moment = BEGIN + timedelta(seconds=61, milliseconds=300)
    assert [slot_of(moment, seconds) - BEGIN for seconds in (60.0, 0.25)] == [
        timedelta(seconds=60),
        timedelta(seconds=61, milliseconds=250),
    ]
