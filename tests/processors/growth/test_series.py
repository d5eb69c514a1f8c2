"""Floors at every scale are the minima of aligned windows, whatever was kept of the past."""

from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from processors.growth.series import Life, Series
from processors.growth.windows import WINDOWS, count_closing, window_slots

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
SLOTS = 3 * 2**4 * WINDOWS

Counts = list[list[int] | None]
"""Per slot one count for each stack; None is a missing scrape."""


def life(birth: int = 0) -> Life:
    """Make a life."""
    return Life("a:1", BEGIN, "v1", None, 1.0, birth, birth)


def play(series: Series, counts: Counts) -> dict[tuple[int, int], tuple[list[list[int]], bool]]:
    """Feed slots from number 0; give, per slot and scale that closed, floors per stack and whether all are whole."""
    found = {}
    place = None
    for slot, row in enumerate(counts):
        if row is not None and place is None:
            place = series.begin(life(slot), np.array(row, np.uint32))
        elif row is not None and place is not None:
            series.observe(np.array([place]), np.array([row], np.uint32))
        closing = count_closing(slot)
        if place is None:
            continue
        for closed in series.close(closing) if closing else ():
            wide = len(counts[0] or ())
            floors = [_floors(series, closed.floors, place, stack) for stack in range(wide)]
            found[slot, closed.scale] = (floors, bool(closed.complete[place]))
        if closing > 2:
            series.flatten()
    return found


def _floors(series: Series, floors: NDArray[np.uint32], place: int, stack: int) -> list[int]:
    """Give the floors of one stack: its row's, or its one number."""
    row = series.row_of[place, stack]
    return floors[row].tolist() if row >= 0 else [int(series.flat[place, stack])] * WINDOWS


def expect(counts: Counts, slot: int, scale: int, stack: int) -> list[int] | None:
    """Take the minima the plain way; None where a window holds less than half of its scrapes."""
    length = window_slots(scale)
    floors = []
    for window in range(WINDOWS):
        end = slot + 1 - window * length
        seen = [row[stack] for row in counts[max(0, end - length) : max(0, end)] if row is not None]
        if len(seen) * 2 < length:
            return None
        floors.append(min(seen))
    return floors


STEADY = st.one_of(st.just(0), st.integers(0, 3), st.integers(0, 2**32 - 2))


@given(
    st.lists(st.tuples(st.booleans(), STEADY, st.integers(0, 6)), min_size=1, max_size=40),
    st.integers(0, 2**32 - 2),
)
def test_floors_are_the_minima_of_aligned_windows(changes: list[tuple[bool, int, int]], start: int) -> None:
    """Runs of equal counts, jumps and gaps: every complete scale says what the raw counts say."""
    counts: Counts = [[start, 5]]
    for missing, value, length in changes:
        counts += [None if missing else [value, 5]] * (2**length)
    counts = counts[:SLOTS]
    for (slot, scale), (floors, complete) in play(Series(), counts).items():
        expected = [expect(counts, slot, scale, stack) for stack in (0, 1)]
        assert complete == (expected[0] is not None)
        if complete:
            assert floors == expected


def test_series_that_never_moves_has_no_row() -> None:
    """Idle series cost one number."""
    series = Series()
    play(series, [[7, 0, 2]] * 100)
    assert (series.rows, series.latest(0, 3).tolist()) == (0, [7, 0, 2])


def test_series_that_stands_still_again_is_let_go() -> None:
    """A row lives as long as its past differs from the present."""
    series = Series()
    play(series, [[1], [2], *[[3]] * (6 * window_slots(8))])
    assert (series.rows, series.latest(0, 1).tolist()) == (0, [3])


def test_rows_that_are_let_go_give_back_their_memory() -> None:
    """A thousand series that moved once, long ago."""
    series = Series()
    play(series, [[1] * 1_000, [2] * 1_000, *[[3] * 1_000] * (6 * window_slots(8))])
    assert len(series.ids) < 100


def test_life_that_ended_leaves_nothing_to_the_next() -> None:
    """Another process begins with a past of its own counts."""
    series = Series()
    place = series.begin(life(), np.array([1, 9], np.uint32))
    series.observe(np.array([place]), np.array([[4, 9]], np.uint32))
    series.end(place)
    assert series.begin(life(1), np.array([5, 5], np.uint32)) == place
    assert (series.rows, series.latest(place, 2).tolist()) == (0, [5, 5])


def test_entry_with_a_second_stack_inherits_the_past_of_the_first() -> None:
    """The sum was the one stack until now."""
    series = Series()
    place = series.begin(life(), np.array([1, 0], np.uint32))
    series.observe(np.array([place]), np.array([[4, 0]], np.uint32))
    series.become_sum(2, 0)
    series.observe(np.array([place]), np.array([[4, 3, 7]], np.uint32))
    [closed] = series.close(1)
    assert [_floors(series, closed.floors, place, stack)[0] for stack in (0, 2)] == [1, 1]
    assert series.latest(place, 3).tolist() == [4, 3, 7]
