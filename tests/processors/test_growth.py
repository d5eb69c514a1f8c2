"""What the maths of growth promises."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.growth import Context, Shape, judge_floors, theil_sen, weighted_median

FLOORS = st.lists(st.integers(0, 10_000), min_size=6, max_size=6)


def context(load: float = 1.0, *, young: bool = False, risen: float | None = None) -> Context:
    """What is known besides one line of floors."""
    ratio = np.array([load])
    return Context(ratio, ratio**0.5, young, None if risen is None else np.array([risen]), 6.0, 8.0)


def shape(floors: list[float], known: Context | None = None) -> Shape:
    """The shape of one line of floors, newest first."""
    return Shape(int(judge_floors(np.array([floors], dtype=float), known or context()).shape[0]))


@pytest.mark.parametrize(
    ("floors", "expected"),
    [
        ([100, 80, 60, 40, 20, 0], Shape.GROWING),
        ([50, 50, 50, 50, 50, 50], Shape.FLAT),
        ([5, 4, 3, 2, 1, 0], Shape.FLAT),
        ([1005, 1004, 1003, 1002, 1001, 990], Shape.FLAT),
        ([18, 17, 10, 6, 3, 0], Shape.NOISE),
        ([100, 100, 100, 0, 0, 0], Shape.NOISE),
        ([400, 395, 390, 20, 10, 0], Shape.NOISE),
        ([130, 130, 105, 80, 50, 0], Shape.SLOWING),
        ([0, 20, 40, 60, 80, 100], Shape.FLAT),
    ],
)
def test_shape_of_floors(floors: list[float], expected: Shape) -> None:
    """A leak rises in both halves and still rises; everything else has its name."""
    assert shape(floors) is expected


def test_growth_that_load_explains_is_load() -> None:
    """When requests doubled, so may a stack."""
    assert shape([100, 90, 80, 70, 60, 50], context(load=2.0)) is Shape.LOAD


def test_growth_beyond_load_is_growth() -> None:
    """A stack that grows far beyond load is not explained by it."""
    assert shape([100, 80, 60, 40, 20, 0], context(load=1.2)) is Shape.GROWING


def test_young_process_that_slows_down_is_warming_up() -> None:
    """Growing slower than since the start is a warm-up, in a young process only."""
    floors: list[float] = [200, 180, 160, 140, 120, 100]
    assert shape(floors, context(young=True, risen=400)) is Shape.WARMING_UP
    assert shape(floors, context(young=True, risen=120)) is Shape.GROWING


@given(FLOORS, st.integers(0, 10_000))
def test_slope_does_not_see_the_level(floors: list[int], level: int) -> None:
    """Adding a constant changes no slope."""
    line = np.array([floors], dtype=float)
    assert [list(a) for a in theil_sen(line)] == [list(a) for a in theil_sen(line + level)]


@given(FLOORS, st.integers(1, 100))
def test_slope_scales_with_the_counts(floors: list[int], factor: int) -> None:
    """Twice the goroutines, twice the rate."""
    line = np.array([floors], dtype=float)
    assert np.allclose(theil_sen(line * factor), np.array(theil_sen(line)) * factor)


@given(st.lists(FLOORS, min_size=1, max_size=5))
def test_interval_holds_the_slope(table: list[list[int]]) -> None:
    """Low, slope and high stand in this order."""
    middle, low, high = theil_sen(np.array(table, dtype=float))
    assert ((low <= middle) & (middle <= high)).all()


def test_straight_line_has_its_slope_and_no_width() -> None:
    """A line of 7 a window has slope 7."""
    assert [float(a[0]) for a in theil_sen(np.array([[35.0, 28, 21, 14, 7, 0]]))] == [7.0, 7.0, 7.0]


def test_no_series_give_no_judgement() -> None:
    """Empty in, empty out."""
    known = Context(np.ones(0), np.ones(0), young=False, risen=None, age_windows=1.0, minimum_growth=8.0)
    assert len(judge_floors(np.zeros((0, 6)), known).shape) == 0


def test_weighted_median_is_the_value_at_half_of_the_weight() -> None:
    """One heavy value decides; nothing says steady."""
    assert weighted_median(np.array([1.0, 2.0, 9.0]), np.array([1.0, 5.0, 1.0])) == 2.0
    assert weighted_median(np.zeros(0), np.zeros(0)) == 1.0
