"""When a limit is reached: a range, and what it assumes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.cost import SMALLEST_STACK_BYTES, STATED, format_bytes
from processors.forecast import Forecast, Range, forecast, time_to_grow

NUMBERS = st.floats(-1e9, 1e9)
RANGES = st.tuples(NUMBERS, NUMBERS).map(lambda ends: Range(min(ends), max(ends)))


@pytest.mark.parametrize(
    ("limit", "now", "per_hour", "expected"),
    [
        (1000, Range(100, 100), Range(90, 180), (5.0, 10.0, "in 5 to 10 hours")),
        (1000, Range(100, 400), Range(90, 180), (600 / 180, 10.0, "in 3.3 to 10 hours")),
        (1000, Range(990, 990), Range(40, 60), (1 / 6, 0.25, "in 10 to 15 minutes")),
        (1000, Range(0, 0), Range(1, 40), (25.0, 1000.0, "in 25 hours to 42 days")),
        (1000, Range(0, 0), Range(100, 100), (10.0, 10.0, "in 10 hours")),
        (1000, Range(1000, 1000), Range(1, 2), (0.0, 0.0, "reached")),
        (1000, Range(0, 0), Range(-5, 100), (10.0, None, "not within 10 hours, perhaps never")),
        (1000, Range(0, 0), Range(0, 100), (10.0, None, "not within 10 hours, perhaps never")),
        (1000, Range(0, 0), Range(-5, 0), (None, None, "not within a year")),
        (10**9, Range(0, 0), Range(1, 2), (None, None, "not within a year")),
    ],
)
def test_range_comes_from_the_interval_of_the_rate(
    limit: float, now: Range, per_hour: Range, expected: tuple[float | None, float | None, str]
) -> None:
    """The fastest growth gives the soonest hour, the slowest the latest; growth that may be none promises nothing."""
    assert forecast(limit, now, per_hour, "it goes on") == Forecast(limit, now, *expected, "it goes on")


@given(st.floats(1, 1e12), RANGES, RANGES, st.floats(0, 1e6))
def test_higher_limit_is_never_reached_sooner(limit: float, now: Range, per_hour: Range, more: float) -> None:
    """And the soonest hour is never after the latest."""
    near, far = (forecast(at, now, per_hour, "a") for at in (limit, limit + more))
    assert (far.soonest_hours is None) or (near.soonest_hours or 0) <= far.soonest_hours
    if near.soonest_hours is not None and near.latest_hours is not None:
        assert near.soonest_hours <= near.latest_hours


@given(RANGES, RANGES)
def test_product_of_ranges_holds_the_products_of_their_ends(first: Range, second: Range) -> None:
    """A rate may be below zero."""
    product = first.times(second)
    assert all(product.low <= a * b <= product.high for a in (first.low, first.high) for b in (second.low, second.high))


def test_time_to_grow_is_a_range_too() -> None:
    """What a restart buys."""
    assert time_to_grow(100, Range(20, 50)) == "in 2 to 5 hours"


def test_stated_cost_begins_with_the_smallest_stack_and_says_that_it_is_stated() -> None:
    """Nobody may take it for a measurement."""
    assert (STATED.low_bytes, SMALLEST_STACK_BYTES, STATED.measured) == (2048.0, 2048, False)
    assert STATED.how.startswith("stated, not measured")


@pytest.mark.parametrize(
    ("size", "expected"),
    [(0, "0 B"), (999, "999 B"), (2048, "2 KiB"), (20_000, "19.5 KiB"), (2**29, "512 MiB"), (2**50, "1.02e+03 TiB")],
)
def test_bytes_are_written_in_powers_of_1024(size: float, expected: str) -> None:
    """Three digits do."""
    assert format_bytes(size) == expected
